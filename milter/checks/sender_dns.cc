#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "milter/checks/check.h"
#include "milter/checks/sender_path.h"

namespace milter {
namespace {

// The mail hosts that are looked up, best preference first: RFC 7208 4.6.4 stops at the same number. If a
// domain has more, nothing is said of all of them.
constexpr std::size_t kMostMailHosts = 10;

struct SenderDns {
  policy::Known<bool> exists = true, null_mx = false, mail_host = true;
  policy::Known<policy::TextList> mx, mx_address;
  policy::Known<std::string> problem;
  static constexpr std::tuple fields{
      policy::Field{
          "exists", &SenderDns::exists,
          "false only if DNS says that there is no such domain, or it is no name that DNS could have"},
      policy::Field{"null_mx", &SenderDns::null_mx, "the domain declares that it takes no mail (RFC 7505)"},
      policy::Field{"mail_host", &SenderDns::mail_host,
                    "false only if DNS says that it has neither MX nor address"},
      policy::Field{"mx", &SenderDns::mx, "its MX hosts, best first", {.kind = policy::Kind::domain}},
      policy::Field{"mx_address",
                    &SenderDns::mx_address,
                    "the addresses of its mail hosts; of ten hosts at most",
                    {.kind = policy::Kind::address}},
      policy::Field{
          "problem", &SenderDns::problem,
          "why no reply can reach the sender: \"syntax: …\", \"domain does not exist\", \"no mail host\", "
          "\"null MX\", \"MX points to loopback or private addresses only\"; empty if nothing is wrong"},
  };
};

policy::TextList mail_hosts(const Records& mx) {
  policy::TextList hosts;
  for (const auto& exchanger : mx.exchangers)
    if (!exchanger.host.empty()) hosts.push_back(exchanger.host);
  return hosts;
}

struct Addresses {
  policy::TextList all;
  bool any_public = false;
  std::optional<policy::Unavailable> trouble;  // an answer that did not come
};

void add(const Outcome& outcome, Addresses& found) {
  if (!outcome) {
    if (!found.trouble || outcome.error().owner == policy::Owner::client)
      found.trouble = unavailable(outcome.error());
    return;
  }
  for (const auto& address : outcome->addresses) {
    found.all.push_back(address.text());
    found.any_public |= address.is_public();
  }
}

// Both questions for each of the first kMostMailHosts hosts, all at once; also when one address would be enough:
// a fact must not depend on who was faster.
Addresses addresses_of(const policy::TextList& hosts, Answers& answers) {
  Addresses found;
  for (std::size_t i = 0; i < std::min(hosts.size(), kMostMailHosts); ++i)
    for (const auto type : {RecordType::a, RecordType::aaaa})
      if (const auto* outcome = answers.of(hosts[i], type)) add(*outcome, found);
  return found;
}

// A domain with more mail hosts than are looked up may hide the one that can be reached.
policy::Unavailable excess() {
  return {fmt::format("more than {} mail hosts", kMostMailHosts), policy::Owner::client};
}

std::string problem_of(bool has_address, bool has_host) {
  if (has_address) return "MX points to loopback or private addresses only";
  return has_host ? "no MX host has an address" : "no mail host";
}

// `hosts`: those of the MX records, or the domain itself where it has none (RFC 5321 5.1).
SenderDns with_hosts(SenderDns sender, const policy::TextList& hosts, bool has_mx, Answers& answers) {
  auto found = addresses_of(hosts, answers);
  const bool more = hosts.size() > kMostMailHosts;
  const auto why = more ? std::optional(excess()) : found.trouble;
  const bool has_address = !found.all.empty();
  if (why)
    sender.mx_address = policy::InPart{
        .of = policy::InPart::Of::list, .has = std::move(found.all), .anything = true, .why = *why};
  else
    sender.mx_address = std::move(found.all);
  if (found.any_public) return sender;
  // That there is an MX, and no null MX, stays known.
  if (why) {
    sender.problem = *why;
    if (!has_mx && !has_address) sender.mail_host = *why;
    return sender;
  }
  sender.mail_host = has_address || has_mx;
  sender.problem = problem_of(has_address, has_mx);
  return sender;
}

SenderDns by_mx(const std::string& domain, const Records& mx, Answers& answers) {
  if (mx.kind == Records::Kind::no_name)
    return {.exists = false, .mail_host = false, .problem = std::string("domain does not exist")};
  if (mx.kind == Records::Kind::no_data) return with_hosts({}, {domain}, false, answers);
  const auto hosts = mail_hosts(mx);
  if (hosts.empty()) return {.null_mx = true, .problem = std::string("null MX")};
  return with_hosts({.mx = hosts}, hosts, true, answers);
}

// RFC 5321 2.3.5 knows names of DNS only. What has no domain, or one that cannot be such a name (RFC 1035
// 2.3.4: an empty label, one of 64 letters), does not exist, and nobody need be asked.
SenderDns no_name(const std::string& syntax) {
  return {.exists = false, .mail_host = false, .problem = "syntax: " + syntax};
}

// A domain that we cannot bring into A-labels may be known to others: rules for that changed (RFC 5891, UTS
// 46). So may the domain of a path that is longer than we read.
SenderDns unread(const std::string& syntax) {
  const policy::Unavailable why{"the sender's domain is no name that DNS could be asked about: " + syntax};
  return {why, why, why, why, why, "syntax: " + syntax};
}

bool is_read(std::string_view domain, const std::string& mail_from) {
  return mail_from.size() <= policy::kLongestPath &&
         std::all_of(domain.begin(), domain.end(), [](char c) { return c >= 0; });
}

SenderDns by_dns(const std::string& domain, Answers& answers) {
  const auto* mx = answers.of(domain, RecordType::mx);
  if (!mx) return {};
  if (!*mx) {
    const auto why = unavailable(mx->error());
    return {why, why, why, why, why, why};
  }
  return by_mx(domain, **mx, answers);
}

Gathered gather(const CheckInput& input, Answers& answers) {
  const auto path = policy::parse_path(input.transaction.mail_from);
  if (path.null || path.literal) return policy::to_fact(SenderDns{});
  const auto syntax = sender_syntax(path);
  const auto domain = policy::to_a_labels(path.domain);
  if (domain.empty())
    return policy::to_fact(is_read(path.domain, input.transaction.mail_from) ? no_name(syntax)
                                                                             : unread(syntax));
  auto sender = by_dns(domain, answers);
  if (!syntax.empty()) sender.problem = "syntax: " + syntax;
  return policy::to_fact(sender);
}

}  // namespace

extern const Check sender_dns_check{
    .doc = {.name = "sender_dns",
            .group = "sender",
            .since = policy::Stage::mail,
            .summary = "Whether a reply could reach the envelope sender, by the DNS of its domain.",
            .doubt_reason = "dns-failure",
            .fields = policy::describe<SenderDns>()},
    .after = {},
    .gather = gather,
};

}  // namespace milter
