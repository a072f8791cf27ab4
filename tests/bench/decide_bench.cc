// What the policy costs once all is known: derive() and decide() for both moments of a mail, under
// the shipped policy.
#include <benchmark/benchmark.h>

#include "milter/checks/check.h"
#include "policy/decide.h"
#include "policy/derive.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "policy/load/shipped.h"

namespace milter {
namespace {

policy::Policy shipped() {
  const auto& text = policy::shipped_files().find("policy.yaml")->second;
  auto loaded = policy::load_policy({text, "policy.yaml"}, schema(), policy::shipped_catalogue(schema()), 0);
  return std::move(*loaded.value);
}

// A stranger's good mail: every check has said what it says of such.
policy::Observed good_mail(const policy::Policy& policy, const policy::Host& host) {
  using policy::Fields;
  using policy::TextList;
  policy::Observed out;
  out.recipient =
      policy::RecipientAsked{.path = "<bob@example.net>", .mta_address = "bob@example.net", .answer = {}};
  out.accepted = {*out.recipient};
  for (const auto& list : policy.lists)
    out.lists.push_back(
        {.list = list.id, .zone = policy::zone_hash(list.zone, host), .of = list.of, .subject = "192.0.2.1"});
  out.dmarc_mode = policy::dmarc_mode(policy);
  out.facts.put("client", Fields{{"ip", std::string("192.0.2.1")},
                                 {"name", std::string("mail.example.org")},
                                 {"fcrdns", std::string("pass")},
                                 {"user", std::string()},
                                 {"authenticated", false}});
  out.facts.put(
      "helo", Fields{{"name", std::string("mail.example.org")}, {"valid", true}, {"problem", std::string()}});
  out.facts.put("sender", Fields{{"address", std::string("ann@example.org")},
                                 {"domain", std::string("example.org")},
                                 {"syntax", std::string()},
                                 {"exists", true},
                                 {"null_mx", false}});
  out.facts.put("spf", Fields{{"result", std::string("pass")},
                              {"identity", std::string("mailfrom")},
                              {"domain", std::string("example.org")}});
  out.facts.put(
      "from",
      Fields{{"domain", std::string("example.org")}, {"count", std::int64_t{1}}, {"problem", std::string()}});
  out.facts.put("dkim", Fields{{"result", std::string("pass")}, {"passed", TextList{"example.org"}}});
  out.facts.put("dmarc", Fields{{"result", std::string("pass")},
                                {"domain", std::string("example.org")},
                                {"policy", std::string("reject")},
                                {"disposition", std::string("none")},
                                {"aligned_by", TextList{"spf", "dkim"}}});
  out.facts.put("clock", Fields{{"unix", std::int64_t{1'795'000'000}}});
  out.facts.put("message", Fields{{"size", std::int64_t{2048}}});
  out.facts.put("headers", Fields{{"count", std::int64_t{12}},
                                  {"octets", std::int64_t{1500}},
                                  {"claims", std::int64_t{0}},
                                  {"too_many", false},
                                  {"problem", std::string()}});
  return out;
}

void DeriveAndDecide(benchmark::State& state, policy::Stage moment) {
  const auto policy = shipped();
  const policy::Host host{"mx1.example.net"};
  auto observed = good_mail(policy, host);
  policy::derive(policy, host, observed);
  const auto step = policy::decide(policy, observed.facts, moment);
  if (const auto* need = std::get_if<policy::Need>(&step)) {
    state.SkipWithError(("not decided, needs " + need->checks.front()).c_str());
    return;
  }
  for (auto _ : state) {
    policy::derive(policy, host, observed);
    benchmark::DoNotOptimize(policy::decide(policy, observed.facts, moment));
  }
}
BENCHMARK_CAPTURE(DeriveAndDecide, rcpt, policy::Stage::rcpt);
BENCHMARK_CAPTURE(DeriveAndDecide, message, policy::Stage::message);

}  // namespace
}  // namespace milter
