// No trouble refuses: what is not known never makes a refusal.
//   trouble_property [COUNT]
//
// Over the real checks, in process: a random policy (allow lists, negations, exceptions, accepts, defers,
// both if_unknown), a random world of DNS, lists and recipients, and one mail. Then some of what was asked
// becomes trouble: a time-out, SERVFAIL, REFUSED, an answer that cannot be read, return codes that are none,
// a test point that is not listed, a recipients' source without an answer. A refusal of that mail must be one
// in the world as it was, and in every other world that the trouble may have hidden, some of which are tried.
//
// Not among the faults: those that the protocol itself makes an answer (README.md).
//
// With BROKEN_TROUBLE the resolver takes trouble for "no such name": the way filters do it. It must fail, or
// this test could not.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "milter/dns/zone.h"
#include "milter/recipients/recipients.h"
#include "milter/session/session.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "tests/unit/dkim/signer.h"

namespace milter {
namespace {

constexpr int kRounds = 400;     // in ctest, under sanitizers; long runs are given a COUNT
constexpr int kCompletions = 6;  // tried besides the world as it was
constexpr std::int64_t kNow = 1'795'000'000'000;

std::mt19937 rng{20261128};
int roll(int n) { return std::uniform_int_distribution<int>{0, n - 1}(rng); }
template <class T>
const T& any_of_these(const std::vector<T>& all) {
  return all[static_cast<std::size_t>(roll(static_cast<int>(all.size())))];
}

// ---- the mail ----

const test::Mail& mail() {
  static const test::Mail signed_mail = [] {
    auto out = test::sample_mail();
    test::sign(out, {});
    return out;
  }();
  return signed_mail;
}

// ---- worlds ----

using Name = std::pair<std::string, RecordType>;
using Answer = std::variant<Records, Trouble::Kind>;

Records none() { return {}; }
Records texts(std::string_view text) { return {.kind = Records::Kind::found, .texts = {std::string(text)}}; }
Records addresses(const std::vector<std::string>& all) {
  Records out{.kind = all.empty() ? Records::Kind::no_name : Records::Kind::found};
  for (const auto& one : all) out.addresses.push_back(*policy::Address::parse(one));
  return out;
}
Records names(std::vector<std::string> all) {
  return {.kind = Records::Kind::found, .names = std::move(all)};
}
Records exchanger(const std::string& host) {
  return {.kind = Records::Kind::found,
          .exchangers = {{static_cast<std::uint16_t>(host.empty() ? 0 : 10), host}}};
}

// What may be answered to each question about client, sender and author: what the world is made of, and what
// trouble may hide.
const std::map<Name, std::vector<Records>>& possible() {
  static const std::map<Name, std::vector<Records>> all{
      {{"1.2.0.192.in-addr.arpa", RecordType::ptr},
       {names({"mail.example.org"}), names({"mail.example.org", "other.test"}), none()}},
      {{"mail.example.org", RecordType::a}, {addresses({"192.0.2.1"}), addresses({"198.51.100.9"}), none()}},
      {{"mail.example.org", RecordType::aaaa}, {none()}},
      {{"other.test", RecordType::a}, {addresses({"192.0.2.1"}), none()}},
      {{"example.org", RecordType::mx}, {exchanger("mail.example.org"), exchanger(""), none()}},
      {{"example.org", RecordType::a}, {addresses({"192.0.2.1"}), addresses({"198.51.100.9"}), none()}},
      {{"example.org", RecordType::aaaa}, {none()}},
      {{"example.org", RecordType::txt},
       {texts("v=spf1 ip4:192.0.2.1 -all"), texts("v=spf1 include:inc.test -all"), texts("v=spf1 mx -all"),
        texts("v=spf1 a:host.test -all"), texts("v=spf1 -all"), texts("v=spf1 ?all"),
        texts("v=spf1 redirect=inc.test"), texts("v=spf1 exists:host.test a ~all"), none()}},
      {{"inc.test", RecordType::txt},
       {texts("v=spf1 ip4:192.0.2.0/24 -all"), texts("v=spf1 -all"), texts("v=spf1 a:host.test ~all"),
        none()}},
      {{"host.test", RecordType::a}, {addresses({"192.0.2.1"}), addresses({"198.51.100.9"}), none()}},
      {{"mail.example.org", RecordType::txt}, {texts("v=spf1 a -all"), texts("v=spf1 -all"), none()}},
      {{"_dmarc.example.org", RecordType::txt},
       {texts("v=DMARC1; p=reject"), texts("v=DMARC1; p=quarantine"),
        texts("v=DMARC1; p=reject; adkim=s; aspf=s"), texts("v=DMARC1; p=none"), none()}},
      {{"_dmarc.org", RecordType::txt}, {none(), texts("v=DMARC1; p=reject; psd=y")}},
      {{"k1._domainkey.example.org", RecordType::txt},
       {texts("v=DKIM1; p=" + test::public_key("rsa2048")),
        texts("v=DKIM1; p=" + test::public_key("rsa1024")), texts("v=DKIM1; p="), none()}},
  };
  return all;
}

struct ListZone {
  std::string id, subject, listed_point, unlisted_point;
};
const std::vector<ListZone>& list_zones() {
  static const std::vector<ListZone> all{
      {"one", "1.2.0.192.one.test", "2.0.0.127.one.test", "1.0.0.127.one.test"},
      {"two", "1.2.0.192.two.test", "2.0.0.127.two.test", "1.0.0.127.two.test"},
      {"wl", "1.2.0.192.wl.test", "2.0.0.127.wl.test", "1.0.0.127.wl.test"},
      {"wl2", "1.2.0.192.wl2.test", "2.0.0.127.wl2.test", "1.0.0.127.wl2.test"},
      {"rhs", "example.org.rhs.test", "test.rhs.test", "invalid.rhs.test"},
      {"from", "example.org.from.test", "test.from.test", "invalid.from.test"},
  };
  return all;
}

using Codes = std::vector<std::string>;
const std::vector<Codes> kListings{{}, {"127.0.0.2"}, {"127.0.0.3"}, {"127.0.0.2", "127.0.0.3"}};
const std::vector<std::string> kStatuses{"known", "unknown", "full", "disabled"};
const std::vector<Trouble::Kind> kTroubles{Trouble::Kind::timeout, Trouble::Kind::serv_fail,
                                           Trouble::Kind::refused, Trouble::Kind::bad_reply};

struct Universe {
  std::map<Name, Answer> answers;
  std::map<std::string, Answer> listings;  // by list: about the client, or its names
  std::map<std::string, Answer> points;    // by name: test points that are not as they should be
  std::string status = "known";            // of the recipient; "": its source gives no answer
};

Universe any_universe() {
  Universe out;
  for (const auto& [name, all] : possible()) out.answers[name] = any_of_these(all);
  for (const auto& list : list_zones()) out.listings[list.id] = addresses(any_of_these(kListings));
  out.status = any_of_these(kStatuses);
  return out;
}

// The same world with trouble in it, and what is hidden by it.
struct Troubled {
  Universe universe;
  std::vector<Name> answers;
  std::map<std::string, Codes> listings;  // hidden, but for these codes, which are known all the same
  bool status = false;
};

// An answer of a list that is bad by itself, or whose test points say that the list is not well.
void trouble_list(const ListZone& list, Troubled& out) {
  out.listings[list.id] = {};
  auto& listing = out.universe.listings[list.id];
  const std::vector<std::string> bad{"127.255.255.254", "198.51.100.1", "127.0.99.1"};
  switch (roll(5)) {
    case 0:
      listing = any_of_these(kTroubles);
      return;
    case 1:
      listing = addresses({any_of_these(bad)});
      return;
    case 2:
      out.universe.points[list.listed_point] = Answer(none());
      return;
    case 3:
      out.universe.points[list.listed_point] = any_of_these(kTroubles);
      return;
    default:
      out.universe.points[roll(2) ? list.listed_point : list.unlisted_point] = addresses({any_of_these(bad)});
  }
}

Troubled with_trouble(const Universe& universe) {
  Troubled out{.universe = universe};
  const int rarity = 1 + roll(6);
  for (auto& [name, answer] : out.universe.answers)
    if (roll(rarity) == 0) {
      answer = any_of_these(kTroubles);
      out.answers.push_back(name);
    }
  for (const auto& list : list_zones())
    if (roll(rarity) == 0) trouble_list(list, out);
  if (roll(rarity) == 0) {
    out.universe.status.clear();
    out.status = true;
  }
  return out;
}

// Another world that looks the same through the trouble.
Universe completed(const Troubled& troubled, const Universe& original) {
  auto out = original;
  for (const auto& name : troubled.answers) out.answers[name] = any_of_these(possible().at(name));
  for (const auto& [list, known] : troubled.listings) out.listings[list] = addresses(any_of_these(kListings));
  if (troubled.status) out.status = any_of_these(kStatuses);
  return out;
}

void put(ScriptedZone& zone, std::string_view name, RecordType type, const Answer& answer) {
  const auto* records = std::get_if<Records>(&answer);
  if (records && records->kind != Records::Kind::found) return;
  if (records) zone.put(name, type, *records);
#ifndef BROKEN_TROUBLE
  if (!records) zone.put(name, type, std::get<Trouble::Kind>(answer));
#endif
}

void fill(ScriptedZone& zone, const Universe& universe) {
  zone.put_name("example.org");
  for (const auto& [name, answer] : universe.answers) put(zone, name.first, name.second, answer);
  for (const auto& list : list_zones()) {
    put(zone, list.subject, RecordType::a, universe.listings.at(list.id));
    if (!universe.points.contains(list.listed_point))
      put(zone, list.listed_point, RecordType::a, addresses({"127.0.0.2"}));
  }
  for (const auto& [name, answer] : universe.points) put(zone, name, RecordType::a, answer);
}

// ---- policies ----

const std::vector<std::string> kAtRcpt{
    "dnsbl.weight: \">= {n}\"",
    "dnsbl.weight: \"< {n}\"",
    "dnsbl.listed: one",
    "dnsbl.listed: [one, two, rhs]",
    "dnsbl.listed: {not: two}",
    "dnsbl.allowed: wl",
    "dnsbl.allowed: {not: wl}",
    "dnsbl.allowed: {not: [wl, wl2]}",
    "dnsbl.codes: \"one=127.0.0.2\"",
    "dnsbl.codes: {not: \"two=127.0.0.3\"}",
    "client.fcrdns: [missing, mismatch]",
    "client.fcrdns: pass",
    "client.name: mail.example.org",
    "client.name: {not: mail.example.org}",
    "sender.exists: false",
    "sender.exists: true",
    "sender.null_mx: true",
    "spf.result: [fail, softfail]",
    "spf.result: {not: pass}",
    "spf.result: none",
    "spf.result: pass",
    "spf.helo_result: fail",
    "spf.helo_result: {not: pass}",
    "recipient.status: unknown",
    "recipient.status: {not: known}",
    "recipient.status: [full, disabled]",
};
const std::vector<std::string> kAtMessage{
    "dmarc.disposition: reject",       "dmarc.disposition: [reject, quarantine]",
    "dmarc.disposition: none",         "dmarc.result: fail",
    "dmarc.result: {not: pass}",       "dmarc.aligned_by: spf",
    "dmarc.aligned_by: {not: dkim}",   "dkim.result: fail",
    "dkim.result: {not: pass}",        "dkim.passed: example.org",
    "dkim.passed: {not: example.org}", "dnsbl_from.listed: from",
    "dnsbl_from.listed: {not: from}",  "dnsbl_from.weight: \">= {n}\"",
};

std::string any_when(bool at_message) {
  std::map<std::string, std::string> fields;  // a field may stand once
  for (int i = 1 + roll(3); i > 0; --i) {
    auto condition = any_of_these(at_message && roll(3) ? kAtMessage : kAtRcpt);
    if (const auto at = condition.find("{n}"); at != std::string::npos)
      condition.replace(at, 3, std::to_string(1 + roll(9)));
    fields[condition.substr(0, condition.find(':'))] = condition;
  }
  std::vector<std::string> conditions;
  for (const auto& [field, condition] : fields) conditions.push_back(condition);
  return fmt::format("{{{}}}", fmt::join(conditions, ", "));
}

std::string any_rule(int number) {
  const bool at_message = roll(2) == 0;
  const std::vector<std::string> actions{"reject: client-blocked", "reject: client-blocked",
                                         "reject: client-blocked", "accept: true", "defer: client-blocked"};
  return fmt::format("  - {{id: r{}, at: {}, when: {}, {}, if_unknown: {}{}}}\n", number,
                     at_message ? "message" : "rcpt", any_when(at_message), any_of_these(actions),
                     roll(2) ? "skip" : "defer", roll(6) == 0 ? ", mode: monitor" : "");
}

std::string any_policy() {
  std::string out =
      "version: 1\n"
      "site: {name: mx1.example.net}\n"
      "domains: {local: [example.net]}\n"
      "trusted: {networks: []}\n"
      "lists:\n";
  const auto list = [&](const char* id, const char* more) {
    out += fmt::format(
        "  - {{id: {0}, zone: {0}.test, {1}, codes: {{127.0.0.2: {{means: a, weight: {2}}}, 127.0.0.3: "
        "{{means: b, weight: "
        "{3}}}}}}}\n",
        id, more, roll(5), 1 + roll(5));
  };
  list("one", "of: client-ip");
  list("two", "of: client-ip");
  list("rhs", "of: sender-domain");
  list("from", "of: from-domain");
  out +=
      "  - {id: wl, zone: wl.test, allow: true, codes: {127.0.0.2-3: {means: good}}}\n"
      "  - {id: wl2, zone: wl2.test, allow: true, codes: {127.0.0.2: {means: good}, 127.0.0.3: {means: "
      "good}}}\n"
      "recipients: {example.net: {source: file, path: none}}\n"
      "rules:\n"
      "  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: "
      "relay-denied}\n";
  const int rules = 1 + roll(5);
  for (int i = 0; i < rules; ++i) out += any_rule(i);
  if (roll(3) == 0)
    out += fmt::format(
        "exceptions:\n"
        "  - {{id: e, when: {}, skip: [r{}, client-blocked], because: a test, owner: us, expires: never}}\n",
        any_when(roll(2) == 0), roll(rules));
  return out;
}

class OneRecipient : public Recipients {
 public:
  explicit OneRecipient(std::string status) : status_(std::move(status)) {}
  StatusAnswer find(std::string_view, std::string_view) const override {
    if (status_.empty()) return tl::unexpected(policy::Unavailable{"no answer", policy::Owner::ours});
    return *parse_status(status_);
  }

 private:
  std::string status_;
};

// Null: the loader refuses it.
std::optional<policy::Policy> loaded(const std::string& text) {
  auto read =
      policy::load_policy({text, "policy.yaml"}, schema(), policy::shipped_catalogue(schema()), kNow / 1000);
  return std::move(read.value);
}

// ---- one mail in one world ----

class StoppedClock : public Clock {
 public:
  std::int64_t unix_millis() const override { return kNow; }
};

struct Outcomes {
  int rcpt = 0;     // 0: accepted
  int message = 0;  // 0: accepted, or not asked since the recipient was not
  std::string rule;
};

int code_of(const Decision& decision) { return decision.reply ? decision.reply->code : 0; }

Outcomes judged(const policy::Policy& policy, const Universe& universe) {
  ScriptedZone dns;
  fill(dns, universe);
  const StoppedClock clock;
  const World world{dns, clock, {}, {}};
  Session session(std::make_shared<const Snapshot>(Snapshot{policy, policy::shipped_catalogue(schema()),
                                                            std::make_shared<OneRecipient>(universe.status)}),
                  world);
  session.connect({.client = policy::Address::parse("192.0.2.1")});
  session.helo("mail.example.org");
  session.mail("<ann@example.org>", "");
  auto decision = finish(session, session.rcpt({.path = "<bob@example.net>"}));
  Outcomes out{.rcpt = code_of(decision), .rule = decision.record.rule};
  if (out.rcpt != 0) return out;
  for (const auto& field : mail().fields) session.header(field);
  session.end_of_headers();
  session.body(mail().body);
  decision = finish(session, session.end_of_message());
  out.message = code_of(decision);
  out.rule = decision.record.rule;
  return out;
}

bool is_refusal(int code) { return code >= 500; }

// Whether a refusal in part is one in a world that it may be part of.
bool stands(const Outcomes& in_part, const Outcomes& whole) {
  if (is_refusal(in_part.rcpt)) return is_refusal(whole.rcpt);
  return whole.rcpt != 0 || is_refusal(whole.message);
}

std::string described(const Universe& universe) {
  std::string out;
  const auto add = [&](const std::string& name, const Answer& answer) {
    const auto* records = std::get_if<Records>(&answer);
    if (!records) {
      out += fmt::format("  {}: {}\n", name, to_text(std::get<Trouble::Kind>(answer)));
      return;
    }
    std::vector<std::string> all = records->texts;
    for (const auto& address : records->addresses) all.push_back(address.text());
    all.insert(all.end(), records->names.begin(), records->names.end());
    for (const auto& mx : records->exchangers) all.push_back("MX " + mx.host);
    if (!all.empty()) out += fmt::format("  {}: {}\n", name, fmt::join(all, " | "));
  };
  for (const auto& [name, answer] : universe.answers) add(name.first, answer);
  for (const auto& [list, answer] : universe.listings) add("list " + list, answer);
  for (const auto& [name, answer] : universe.points) add("point " + name, answer);
  return out + fmt::format("  recipient: {}\n", universe.status.empty() ? "no answer" : universe.status);
}

void report(const std::string& text, const Troubled& troubled, const Outcomes& in_part, const Universe& world,
            const Outcomes& whole) {
  fmt::print(
      "A refusal that trouble made: {} {} by {}, {} {} by {} in a world that it may be\n{}\nin "
      "part:\n{}\nwhole:\n{}\n",
      in_part.rcpt, in_part.message, in_part.rule, whole.rcpt, whole.message, whole.rule, text,
      described(troubled.universe), described(world));
}

struct Count {
  int rounds = 0, refusals = 0, failures = 0;
};

void try_one(Count& count) {
  const auto text = any_policy();
  const auto policy = loaded(text);
  if (!policy) return;
  ++count.rounds;
  const auto universe = any_universe();
  const auto troubled = with_trouble(universe);
  const auto in_part = judged(*policy, troubled.universe);
  if (!is_refusal(in_part.rcpt) && !is_refusal(in_part.message)) return;
  ++count.refusals;
  for (int i = 0; i <= kCompletions; ++i) {
    const auto world = i == 0 ? universe : completed(troubled, universe);
    const auto whole = judged(*policy, world);
    if (stands(in_part, whole)) continue;
    ++count.failures;
    report(text, troubled, in_part, world, whole);
    return;
  }
}

int run(int rounds) {
  Count count;
  int policies = 0;
  while (count.rounds < rounds && count.failures < 5) {
    try_one(count);
    if (++policies > 20 * rounds + 100) {
      fmt::print("hardly a policy loads: {} of {}\n", count.rounds, policies);
      return 1;
    }
  }
  fmt::print("{} worlds in trouble, {} refusals, {} failures ({} policies made)\n", count.rounds,
             count.refusals, count.failures, policies);
  const bool tried = count.refusals * 20 > count.rounds;
  if (!tried) fmt::print("too few refusals: this proves nothing\n");
  return count.failures == 0 && tried ? 0 : 1;
}

}  // namespace
}  // namespace milter

int main(int argc, char** argv) { return milter::run(argc > 1 ? std::atoi(argv[1]) : milter::kRounds); }
