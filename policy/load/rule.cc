#include "policy/load/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "policy/load/condition.h"
#include "policy/load/loading.h"
#include "policy/load/value.h"
#include "policy/nearest.h"

namespace policy {
namespace {

constexpr auto kKeys = names(kRuleKeys);
constexpr std::array<std::string_view, 2> kModes{"enforce", "monitor"};
constexpr std::array<std::string_view, 2> kIfUnknown{"skip", "defer"};
constexpr std::string_view kRelayDenied = "relay-denied";

// dice.roll is 0 to 9999, evenly: below 100 P it is for P percent of the mail.
constexpr std::int64_t kRollsPerPercent = 100;
constexpr std::int64_t kAllOfIt = 100;  // percent

// One rule while it is read.
struct Draft {
  const YamlMapping& mapping;
  const Loading& loading;
  std::string title;
  Rule rule;

  void error(const Place& at, std::string message, std::string suggestion = "") const {
    loading.findings.error(at, fmt::format("{}: {}", title, message), std::move(suggestion));
  }
};

std::vector<std::string> reasons(const Catalogue& catalogue) {
  std::vector<std::string> out;
  for (const auto& [id, entry] : catalogue) out.push_back(id);
  return out;
}

void read_reason(Draft& draft, std::string_view key) {
  const auto reason = draft.mapping.text(key);
  if (!reason) return;
  draft.rule.reason = *reason;
  const auto at = draft.mapping.find(key)->at();
  const auto& catalogue = draft.loading.catalogue;
  const auto entry = catalogue.find(*reason);
  if (entry == catalogue.end())
    draft.error(at, fmt::format("there is no reason \"{}\"", *reason), nearest(*reason, reasons(catalogue)));
  else if (key == "reject" && entry->second.code < 500)
    draft.error(at, fmt::format("{} is temporary ({}), and nothing temporary refuses for good; expected "
                                "defer: {}",
                                *reason, entry->second.code, *reason));
}

void read_outcome(Draft& draft) {
  const auto& [mapping, loading, title, rule] = draft;
  const int outcomes = mapping.has("accept") + mapping.has("reject") + mapping.has("defer");
  if (outcomes != 1)
    draft.error(draft.mapping.at(),
                fmt::format("expected one of accept: true, reject: REASON or defer: REASON, "
                            "read {}",
                            outcomes == 0 ? "none" : "more than one"));
  if (mapping.has("accept")) {
    draft.rule.action = Action::accept;
    if (mapping.flag("accept") == false)
      draft.error(mapping.find("accept")->at(), "expected accept: true, read false");
  } else if (mapping.has("defer")) {
    draft.rule.action = Action::defer;
    read_reason(draft, "defer");
  } else {
    draft.rule.action = Action::reject;
    read_reason(draft, "reject");
  }
}

// Where nothing is said: as soon as every fact of the rule is known, but not before rcpt, where all earlier
// rules are decided anyway.
Stage earliest(const Rule& rule, const Schema& schema) {
  auto stage = Stage::rcpt;
  for (const auto& condition : rule.when)
    if (const auto* check = schema.check(condition.check)) stage = std::max(stage, check->since);
  return stage;
}

void read_stage(Draft& draft) {
  auto& rule = draft.rule;
  const auto word = draft.mapping.word("at", kStageNames);
  rule.stage = word ? *parse_stage(*word) : earliest(rule, draft.loading.schema);
  for (const auto& condition : rule.when)
    if (const auto why = too_early(condition, rule.stage, draft.loading.schema); !why.empty())
      draft.error(condition.at, fmt::format("{}, and this rule is decided at {}", why, to_text(rule.stage)));
}

void read_if_unknown(Draft& draft) {
  const auto value = draft.mapping.find("if_unknown");
  // Trouble in relay control must not open a relay, even where the policy does not speak of it.
  if (draft.rule.reason == kRelayDenied) draft.rule.if_unknown = IfUnknown::defer;
  if (!value) return;
  if (value->text() == "reject") {
    draft.error(
        value->at(),
        "if_unknown: reject would refuse mail because of trouble that is not the sender's; expected skip "
        "or defer");
    return;
  }
  if (const auto word = read_word(*value, kIfUnknown, draft.loading.findings))
    draft.rule.if_unknown = *word == "defer" ? IfUnknown::defer : IfUnknown::skip;
}

void read_always(Draft& draft) {
  draft.rule.always = draft.mapping.flag("always").value_or(false);
  if (draft.rule.always && !draft.rule.refuses())
    draft.error(draft.mapping.find("always")->at(),
                "always: true is for rules that refuse: it says that no accept above shields from them");
}

// `sample: 10%`. nullopt: not a whole percentage from 1 to 100.
std::optional<std::int64_t> percentage(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < 1 || number > kAllOfIt)
    return std::nullopt;
  return number;
}

void read_sample(Draft& draft) {
  const auto value = draft.mapping.find("sample");
  if (!value) return;
  const auto share = percentage(value->text());
  if (!share) {
    draft.error(value->at(),
                fmt::format("expected a share from 1% to 100% for sample, read {}", value->described()));
    return;
  }
  if (auto dice = implied("dice.roll", Compares{Compares::Op::less, *share * kRollsPerPercent}, value->at(),
                          draft.loading.schema))
    draft.rule.when.push_back(std::move(*dice));
}

bool reads(const Rule& rule, std::initializer_list<std::string_view> groups) {
  return std::any_of(rule.when.begin(), rule.when.end(), [&](const Condition& condition) {
    return std::find(groups.begin(), groups.end(), group_of(condition.path)) != groups.end();
  });
}

// Adds `path` false, which no rule may leave out. A rule that asks for the opposite can never fire.
void require_false(Draft& draft, std::string_view path, std::string_view why) {
  auto& when = draft.rule.when;
  const auto written =
      std::find_if(when.begin(), when.end(), [&](const Condition& c) { return c.path == path; });
  if (written == when.end()) {
    if (auto condition = implied(path, IsFlag{false}, draft.rule.at, draft.loading.schema))
      when.push_back(std::move(*condition));
    return;
  }
  const auto* flag = std::get_if<IsFlag>(&written->test);
  if (flag && flag->value)
    draft.error(written->at, fmt::format("this rule can never fire: {}, and it asks for {} true", why, path));
}

void add_implied(Draft& draft) {
  const auto& rule = draft.rule;
  if (rule.action == Action::accept) return;
  if (reads(rule, {"spf", "dmarc", "dnsbl", "dnsbl_from"})) {
    constexpr auto why = "clients that are trusted or logged in are never judged by SPF, DMARC or blocklists";
    require_false(draft, "client.trusted", why);
    require_false(draft, "client.authenticated", why);
  }
  if (rule.reason == kRelayDenied) return;
  require_false(draft, moment_of(rule.stage) == Stage::rcpt ? "recipient.role" : "message.role",
                "mail to postmaster and abuse passes all but relay control");
}

Rule read_rule(const YamlValue& item, Mode mode, const Loading& loading) {
  const YamlMapping mapping(item, title("rule", item), kKeys, loading.findings);
  Draft draft{mapping, loading, title("rule", item), Rule{.at = item.at()}};
  draft.rule.id = read_id(mapping, loading.findings).value_or("");
  draft.rule.when = read_conditions(mapping, loading);
  read_outcome(draft);
  read_stage(draft);
  read_if_unknown(draft);
  read_always(draft);
  read_sample(draft);
  const auto own = mapping.word("mode", kModes);
  const bool monitored = own == "monitor" || (mode == Mode::monitor && draft.rule.action != Action::accept);
  draft.rule.mode = monitored ? Mode::monitor : Mode::enforce;
  add_implied(draft);
  return draft.rule;
}

}  // namespace

std::vector<Rule> read_rules(const YamlMapping& root, Mode mode, const Loading& loading) {
  std::vector<Rule> rules;
  std::set<std::string> ids;
  for (const auto& item : root.list("rules", "rules")) {
    auto rule = read_rule(item, mode, loading);
    if (!rule.id.empty() && !ids.insert(rule.id).second)
      loading.findings.error(item.at(), fmt::format("there are two rules with the id \"{}\"", rule.id));
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace policy
