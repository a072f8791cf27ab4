// What replay says of a logged decision is what the other policy decides of what was observed, or
// undecidable; and it is undecidable only where something was not observed.
//   replay_predicts [COUNT]
//
// Pairs of random policies that differ in any section, a world that answers every question either may ask, and the
// record of what the first decided in it: gathered as a session gathers, written as a line, read as replay reads.
//
// With BROKEN_REPLAY the derived facts of the log are taken as they are: the way it was done at first. It
// must fail, or this test could not.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "policy/decide.h"
#include "policy/derive.h"
#include "policy/derive_lists.h"
#include "policy/record/read.h"
#include "policy/record/replay.h"
#include "policy/record/write.h"

namespace {

using namespace policy;

constexpr int kRounds = 5'000;  // in ctest; long runs are given a COUNT
const std::string kHostsOwnName = "host7.example.net";

std::mt19937 rng{20261128};
int roll(int n) { return std::uniform_int_distribution<int>{0, n - 1}(rng); }
bool one_in(int n) { return roll(n) == 0; }
template <class T>
const T& any_of_these(const std::vector<T>& all) {
  return all[static_cast<std::size_t>(roll(static_cast<int>(all.size())))];
}

const Schema& facts_schema() {
  constexpr FieldTraits kDerived{.derived = true}, kList{.derived = true, .lists = true};
  constexpr FieldTraits kEvidence{.evidence = true, .derived = true, .lists = true};
  const auto lists = [&](std::string_view name) {
    return CheckDoc{name,
                    name,
                    Stage::connect,
                    "",
                    "dns-failure",
                    {{"listed", "", kList, true},
                     {"weight", "", kList},
                     {"codes", "", kList, true},
                     {"allowed", "", kList, true},
                     {"problems", "", kEvidence, true},
                     {"names", "", kEvidence, true},
                     {"means", "", kEvidence},
                     {"lookup", "", kEvidence},
                     {"subject", "", kEvidence}}};
  };
  static const Schema all({
      {"client",
       "client",
       Stage::connect,
       "",
       "",
       {{"ip", "", {}}, {"authenticated", "", {}}, {"local", "", {}}, {"trusted", "", kDerived}}},
      {"helo", "helo", Stage::helo, "", "", {{"name", "", {}}, {"ours", "", kDerived}}},
      {"recipient",
       "recipient",
       Stage::rcpt,
       "",
       "directory-failure",
       {{"address", "", kDerived},
        {"domain", "", kDerived},
        {"ours", "", kDerived},
        {"status", "", kDerived},
        {"role", "", kDerived},
        {"problem", "", kDerived},
        {"split", "", kDerived}}},
      {"message",
       "message",
       Stage::message,
       "",
       "",
       {{"size", "", {}},
        {"recipients", "", kDerived, true},
        {"recipient_domains", "", kDerived, true},
        {"role", "", kDerived},
        {"mixed", "", kDerived}}},
      lists("dnsbl"),
      lists("dnsbl_from"),
      {"spf", "spf", Stage::mail, "", "spf-temperror", {{"result", "", {}}}},
      {"dmarc", "dmarc", Stage::message, "", "dmarc-temperror", {{"disposition", "", {}}}},
  });
  return all;
}

// ---- policies ----

const std::vector<std::string> kDomains{"example.net", "example.org", "*.example.net", "shop.example"};
const std::vector<std::string> kNetworks{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.7"};
const std::vector<std::string> kStatuses{"known", "unknown", "full", "disabled"};
const std::vector<std::string> kResults{"pass", "fail", "none"};

List any_list(int number) {
  List list{.id = fmt::format("l{}", number), .zone = fmt::format("l{}.example", roll(6))};
  list.of = one_in(4) ? ListOf::from_domain : ListOf::client_ip;
  list.allow = one_in(4);
  for (int last = 2; last < 5; ++last)
    if (roll(3)) {
      const auto code = *Address::parse(fmt::format("127.0.0.{}", last));
      list.codes.push_back({code, code, "", list.allow ? 0 : roll(6)});
    }
  if (one_in(8)) list.force = roll(2) ? Force::on : Force::off;
  return list;
}

std::string any_id(const Policy& policy) {
  return policy.lists.empty() || one_in(5) ? fmt::format("l{}", roll(4)) : any_of_these(policy.lists).id;
}

Condition any_condition(const Policy& policy, Stage stage) {
  const auto texts = [](std::string_view path, std::vector<std::string> words) {
    return Condition{
        .path = std::string(path), .check = std::string(group_of(path)), .test = OneOf{std::move(words)}};
  };
  const auto flag = [](std::string_view path) {
    return Condition{
        .path = std::string(path), .check = std::string(group_of(path)), .test = IsFlag{roll(2) == 0}};
  };
  const std::string group = stage == Stage::message && roll(2) ? "dnsbl_from" : "dnsbl";
  switch (roll(stage == Stage::message ? 14 : 12)) {
    case 0:
      return flag("client.trusted");
    case 1:
      return flag("helo.ours");
    case 2:
      return stage == Stage::rcpt ? flag("recipient.ours") : flag("message.role");
    case 3:
      return stage == Stage::rcpt ? texts("recipient.status", {any_of_these(kStatuses)})
                                  : flag("message.role");
    case 4: {
      auto out = texts("client.ip", {});
      out.test = InNetworks{{*Network::parse(any_of_these(kNetworks))}};
      return out;
    }
    case 5:
      return stage == Stage::rcpt ? texts("recipient.address", {"bob@example.net"})
                                  : texts("message.recipients", {"bob@example.net"});
    case 6:
    case 7:
      return texts("spf.result", {any_of_these(kResults)});
    case 8: {
      auto out = texts(group + ".weight", {});
      out.test = Compares{static_cast<Compares::Op>(roll(5)), roll(9)};
      return out;
    }
    case 9:
      return texts(group + ".listed", {any_id(policy)});
    case 10:
      return texts(group + ".allowed", {any_id(policy)});
    case 11:
      return texts(group + ".codes", {fmt::format("{}=127.0.0.{}", any_id(policy), 2 + roll(3))});
    case 12:
      return texts("dmarc.disposition", {roll(2) ? "reject" : "none"});
    default:
      return texts("message.recipient_domains", {"example.net"});
  }
}

// As load() does it: the lists whose answers matter to a test.
void name_lists(const Policy& policy, std::vector<Condition>& when) {
  for (auto& condition : when) {
    if (!condition.path.text().starts_with("dnsbl")) continue;
    condition.lists.clear();
    const auto* named = std::get_if<OneOf>(&condition.test);
    for (const auto& list : policy.lists) {
      if (group_of(list) != group_of(condition.path) || list.force == Force::off) continue;
      const bool matters = !named ? !list.allow : named->texts.front().starts_with(list.id);
      if (matters) condition.lists.push_back(list.id);
    }
    if (!condition.lists.empty()) continue;  // load() refuses a test that no list can pass
    for (const auto& list : policy.lists)
      if (group_of(list) == group_of(condition.path) && list.force != Force::off)
        condition.lists.push_back(list.id);
  }
}

std::vector<Condition> any_conditions(const Policy& policy, Stage stage) {
  std::vector<Condition> out;
  for (int n = 1 + roll(3); n > 0; --n) {
    out.push_back(any_condition(policy, stage));
    out.back().negated = one_in(4);
    out.back().doubt_reason = "dns-failure";
  }
  return out;
}

Rule any_rule(const Policy& policy, int number) {
  Rule rule{.id = fmt::format("r{}", number), .stage = one_in(3) ? Stage::message : Stage::rcpt};
  rule.when = any_conditions(policy, rule.stage);
  rule.action = roll(3) ? Action::reject : roll(2) ? Action::accept : Action::defer;
  if (rule.refuses()) rule.reason = fmt::format("reason{}", roll(3));
  rule.mode = roll(4) ? Mode::enforce : Mode::monitor;
  rule.if_unknown = roll(2) ? IfUnknown::defer : IfUnknown::skip;
  rule.always = rule.refuses() && one_in(6);
  return rule;
}

void any_lists(Policy& policy) {
  policy.lists.clear();
  for (int i = 0, n = roll(4); i < n; ++i) policy.lists.push_back(any_list(i));
}
void any_trusted(Policy& policy) {
  policy.trusted.networks.clear();
  if (roll(2)) policy.trusted.networks.push_back(*Network::parse(any_of_these(kNetworks)));
  policy.trusted.authenticated = roll(4) > 0;
}
void any_domains(Policy& policy) {
  policy.domains = {};
  for (int n = roll(3); n > 0; --n) policy.domains.local.push_back(any_of_these(kDomains));
  if (roll(3) == 0) policy.domains.relay.push_back(any_of_these(kDomains));
}
void any_sources(Policy& policy) {
  policy.recipients.clear();
  for (int n = roll(3); n > 0; --n)
    policy.recipients.push_back({any_of_these(kDomains), "file", fmt::format("r{}.txt", roll(2)), {}});
}
void any_rules(Policy& policy) {
  policy.rules.clear();
  for (int r = 0, n = 1 + roll(5); r < n; ++r) policy.rules.push_back(any_rule(policy, r));
}
void any_exceptions(Policy& policy) {
  policy.exceptions.clear();
  for (int e = 0, n = roll(3); e < n; ++e)
    policy.exceptions.push_back({.id = fmt::format("e{}", e),
                                 .when = any_conditions(policy, Stage::rcpt),
                                 .skip = {fmt::format("r{}", roll(3))}});
}
void any_settings(Policy& policy) {
  policy.settings["dmarc.mode"] = std::string(roll(2) ? "psl" : "treewalk");
  policy.site.name = roll(2) ? "mx.example.net" : "";
}

constexpr void (*kSections[])(Policy&){any_lists, any_trusted,    any_domains, any_sources,
                                       any_rules, any_exceptions, any_settings};

void settle(Policy& policy, std::string fingerprint) {
  policy.fingerprint = std::move(fingerprint);
  for (auto& rule : policy.rules) name_lists(policy, rule.when);
  for (auto& exception : policy.exceptions) name_lists(policy, exception.when);
}

// The least change that a mail admin makes: another weight, mode or number.
void tweak(Policy& policy) {
  for (auto& list : policy.lists)
    for (auto& code : list.codes)
      if (one_in(4) && !list.allow) code.weight = roll(6);
  for (auto& rule : policy.rules) {
    if (one_in(6)) rule.mode = rule.mode == Mode::enforce ? Mode::monitor : Mode::enforce;
    for (auto& condition : rule.when)
      if (auto* compares = std::get_if<Compares>(&condition.test)) compares->number += roll(3) - 1;
  }
  if (!policy.lists.empty() && one_in(4)) policy.lists.front().id = "renamed";
  if (!policy.lists.empty() && one_in(4)) policy.lists.pop_back();
}

Policy any_policy() {
  Policy policy;
  for (auto* section : kSections) section(policy);
  settle(policy, "before");
  return policy;
}

Policy another(Policy policy) {
  if (roll(2))
    tweak(policy);
  else
    kSections[roll(static_cast<int>(std::size(kSections)))](policy);
  if (one_in(4)) kSections[roll(static_cast<int>(std::size(kSections)))](policy);
  settle(policy, "now");
  return policy;
}

// ---- worlds ----

Unavailable any_trouble() { return {"time-out", static_cast<Owner>(roll(3))}; }

// Answers every question in the same way whoever asks: by a hash of it.
struct World {
  std::uint32_t seed = static_cast<std::uint32_t>(rng());
  std::string ip = roll(2) ? "192.0.2.25" : "203.0.113.7";
  bool authenticated = one_in(5);
  std::string helo =
      any_of_these<std::string>({"mail.shop.example", "mx.example.net", "example.net", kHostsOwnName});
  std::vector<std::string> paths;  // of the recipients
  Value spf = one_in(6) ? Value(any_trouble()) : Value(any_of_these(kResults));

  std::mt19937 answer(std::string_view question) const {
    return std::mt19937(static_cast<std::uint32_t>(std::hash<std::string_view>()(question)) ^ seed);
  }
  SourceAnswer source(const RecipientSource& source, const std::string& path) const {
    auto random = answer(source_key(source) + path);
    if (random() % 5 == 0) return {source_key(source), "", Unavailable{"gone", Owner::ours}};
    return {source_key(source), kStatuses[random() % kStatuses.size()], {}};
  }
  ListAsked list(const List& list, const Host& host) const {
    auto random = answer(list.zone + std::string(to_text(list.of)));
    ListAsked out{.list = list.id, .zone = zone_hash(list.zone, host), .of = list.of, .subject = "subject"};
    if (random() % 6 == 0) out.trouble = "time-out";
    out.forced = list.force == Force::on;
    if (random() % 6 == 0 && !out.forced) out.doubt = "test point: SERVFAIL";
    out.given_up = !out.doubt.empty() && random() % 2 == 0;
    if (!out.trouble.empty() || !out.doubt.empty()) out.owner = static_cast<Owner>(random() % 2);
    if (out.trouble.empty())
      for (int last = 2; last < 5; ++last)
        if (random() % 3 == 0) out.addresses.push_back(fmt::format("127.0.0.{}", last));
    if (out.trouble.empty() && random() % 9 == 0) out.addresses.emplace_back("127.255.255.254");
    return out;
  }
  Value disposition(const std::string& mode) const {
    auto random = answer(mode);
    if (random() % 5 == 0) return InPart{.may = {"none", "quarantine"}, .why = {"time-out"}};
    return std::string(random() % 2 ? "reject" : "none");
  }
};

World any_world() {
  World world;
  for (int n = 1 + roll(3); n > 0; --n)
    world.paths.push_back(any_of_these<std::string>(
        {"<bob@example.net>", "<ann@example.org>", "<postmaster@example.net>",
         "<bob%example.org@example.net>", "<eve@shop.example>", "<x@far.example>", "<\"@\"@example.net>"}));
  return world;
}

// The host's own name, where the policy gives it none. A record has but one name: replay takes that for
// the host's own.
std::string own_name = kHostsOwnName;
Host host_now(const Policy& policy) { return {policy.site.name.empty() ? own_name : policy.site.name}; }

RecipientAsked asked(const World& world, const Policy& policy, const std::string& path) {
  RecipientAsked out{.path = path};
  if (const auto* source = source_for(policy, out)) out.answer = world.source(*source, path);
  return out;
}

// What a Need names, found out.
void find_out(const World& world, const Policy& policy, const std::string& check, Observed& observed) {
  const auto colon = check.find(':');
  if (colon != std::string::npos) {
    const auto* list = policy.list(check.substr(colon + 1));
    if (!list) throw std::logic_error("no list " + check);
    observed.lists.push_back(world.list(*list, host_now(policy)));
  } else if (check == "spf") {
    observed.facts.put("spf", Fields{{"result", world.spf}});
  } else if (check == "dmarc") {
    observed.dmarc_mode = dmarc_mode(policy);
    observed.facts.put("dmarc", Fields{{"disposition", world.disposition(observed.dmarc_mode)}});
  } else if (check == "recipient") {
    observed.recipient = asked(world, policy, observed.recipient->path);
  } else {
    throw std::logic_error("asked again: " + check);
  }
}

// Rules of the message's end read the first recipient.
Observed beginning(const World& world, const Policy& policy, Stage stage) {
  Observed observed;
  observed.facts.put("client",
                     Fields{{"ip", world.ip}, {"authenticated", world.authenticated}, {"local", false}});
  observed.facts.put("helo", Fields{{"name", world.helo}});
  for (const auto& path : world.paths) observed.accepted.push_back(asked(world, policy, path));
  if (stage == Stage::message) {
    observed.facts.put("message", Fields{{"size", std::int64_t{1000}}});
    observed.recipient = observed.accepted.front();
  } else {
    observed.recipient = observed.accepted.back();  // a session asks for him at once
    observed.accepted.pop_back();
  }
  return observed;
}

// As a session gathers: what decide() asks for, until it answers.
std::pair<Observed, Verdict> judge(const World& world, const Policy& policy, Stage stage) {
  auto observed = beginning(world, policy, stage);
  for (int rounds = 0; rounds < 40; ++rounds) {
    derive(policy, host_now(policy), observed);
    auto step = decide(policy, observed.facts, stage);
    if (auto* verdict = std::get_if<Verdict>(&step)) return {std::move(observed), std::move(*verdict)};
    for (const auto& check : std::get<Need>(step).checks) find_out(world, policy, check, observed);
  }
  throw std::logic_error("gathering does not end");
}

Record record_of(const World& world, const Policy& policy, Stage stage) {
  auto [observed, verdict] = judge(world, policy, stage);
  Record record{.host = host_now(policy).name, .stage = stage, .policy = policy.fingerprint};
  record.observed = std::move(observed);
  record.event = event_of(verdict);
  record.verdict = std::move(verdict);
  return record;
}

// ---- what must hold ----

bool same(const Verdict& a, const Verdict& b) {
  return a.action == b.action && a.rule == b.rule && a.reason == b.reason && a.monitored == b.monitored;
}

// As Change::same has it: of monitored rules the first counts, and only where the mail is accepted.
bool same_outcome(const Verdict& a, const Verdict& b) {
  const bool refused = a.action == Action::reject || a.action == Action::defer;
  const auto first = [&](const Verdict& v) {
    return refused || v.monitored.empty() ? Monitored{} : v.monitored.front();
  };
  const auto pass = [](Action action) { return action == Action::accept ? Action::pass : action; };
  return pass(a.action) == pass(b.action) && a.rule == b.rule && a.reason == b.reason && first(a) == first(b);
}

bool was_asked(const RecipientAsked& recipient, const Policy& policy) {
  const auto* source = source_for(policy, recipient);
  return !source || (recipient.answer && recipient.answer->source == source_key(*source));
}

// Whether the record tells what a check finds out, for this policy.
bool was_observed(const Record& record, const Policy& policy, const std::string& check) {
  const auto& observed = record.observed;
  const auto colon = check.find(':');
  if (colon != std::string::npos) {
    const auto* list = policy.list(check.substr(colon + 1));
    return std::any_of(observed.lists.begin(), observed.lists.end(), [&](const ListAsked& one) {
      return list && one.of == list->of && one.zone == zone_hash(list->zone, {record.host}) &&
             (list->force == Force::on ? one.doubt.empty() : !one.forced);
    });
  }
  if (check == "dmarc") return observed.facts.has("dmarc") && observed.dmarc_mode == dmarc_mode(policy);
  if (check == "recipient")  // he, and the first whom he is told apart from
    return was_asked(*observed.recipient, policy) &&
           (observed.accepted.empty() || was_asked(observed.accepted.front(), policy));
  return observed.facts.has(check);
}

struct Counts {
  int failures = 0, same = 0, changed = 0, undecidable = 0;
};

void complain(const char* what, const Record& record, const Replayed& replayed, const Verdict& now) {
  fmt::print("{}\n{}\n  replay: {} {} {} {}\n  live: {} {}\n", what, to_json(record),
             to_text(replayed.change), to_text(replayed.now.action), replayed.now.rule,
             fmt::join(replayed.needs, " "), to_text(now.action), now.rule);
}

Replayed replayed(const Record& record, const Policy& policy) {
#ifdef BROKEN_REPLAY
  static_cast<void>(facts_schema);
  auto step = decide(policy, record.observed.facts, moment_of(record.stage));
  if (auto* need = std::get_if<Need>(&step)) return {.change = Change::undecidable, .needs = need->checks};
  return {.change = same(record.verdict, std::get<Verdict>(step)) ? Change::same : Change::newly_refused,
          .now = std::get<Verdict>(step)};
#else
  const Replay replay(policy, facts_schema());
  const auto read = record_for_replay(to_json(record), replay.wanted());
  if (!read) throw std::logic_error(read.error());
  return replay(*read);
#endif
}

// In the same world with the same recipients accepted before, as the first policy had them.
void one_pair(const World& world, const Policy& before, const Policy& now, Counts& counts) {
  const auto stage = roll(2) ? Stage::rcpt : Stage::message;
  own_name = kHostsOwnName;
  const auto record = record_of(world, before, stage);
  const auto own = replayed(record, before);
  if (own.change != Change::same) {
    ++counts.failures;
    complain("its own policy", record, own, record.verdict);
  }
  const auto again = replayed(record, now);
  if (again.change == Change::undecidable) {
    ++counts.undecidable;
    for (const auto& check : again.needs)
      if (was_observed(record, now, check)) {
        ++counts.failures;
        complain(("was observed: " + check).c_str(), record, again, {});
      }
    return;
  }
  own_name = record.host;
  const auto [observed, live] = judge(world, now, stage);
  if (!same(live, again.now) || (again.change == Change::same) != same_outcome(live, record.verdict)) {
    ++counts.failures;
    complain("another verdict", record, again, live);
  }
  ++(again.change == Change::same ? counts.same : counts.changed);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : kRounds;
  Counts counts;
  for (int round = 0; round < rounds && counts.failures < 20; ++round) {
    const auto world = any_world();
    const auto before = any_policy();
    one_pair(world, before, another(before), counts);
  }
  fmt::print("{} pairs of policies: {} same, {} changed, {} undecidable; {} failures\n", rounds, counts.same,
             counts.changed, counts.undecidable, counts.failures);
#ifdef BROKEN_REPLAY
  return counts.failures == 0 ? 0 : 1;
#else
  // A run that changes nothing, or decides nothing, would prove nothing.
  const bool covered =
      counts.same > rounds / 10 && counts.changed > rounds / 20 && counts.undecidable > rounds / 50;
  return counts.failures == 0 && covered ? 0 : 1;
#endif
}
