#include "policy/load/lint.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/codes.h"
#include "policy/derive_lists.h"
#include "policy/load/condition.h"
#include "policy/load/loading.h"
#include "policy/load/shadows.h"
#include "policy/nearest.h"

namespace policy {
namespace {

constexpr std::string_view kOurFault = "filter-error";  // doubt_reason of checks that cannot be unknown

struct Lint {
  const Policy& policy;
  const YamlMapping& root;
  const Loading& loading;

  void error(const Place& at, std::string message, std::string suggestion = "") const {
    loading.findings.error(at, std::move(message), std::move(suggestion));
  }
  void warning(const Place& at, std::string message) const {
    loading.findings.warning(at, std::move(message));
  }
};

bool refuses(const Rule& rule) { return rule.action != Action::accept; }

void lint_recipients(const Lint& lint) {
  for (const auto& source : lint.policy.recipients) {
    const auto& domains = lint.policy.domains;
    const auto is = [&](const std::string& pattern) { return pattern == source.domain; };
    if (!source.domain.empty() && !lint.policy.is_ours(source.domain) &&
        std::none_of(domains.local.begin(), domains.local.end(), is) &&
        std::none_of(domains.relay.begin(), domains.relay.end(), is))
      lint.warning(source.at,
                   fmt::format("recipients of {}, which is in neither domains.local nor domains.relay",
                               source.domain));
  }
}

// The ids that a test names: of dnsbl.codes what stands before the "=".
std::vector<std::string> ids_in(const OneOf& texts, std::string_view field) {
  std::vector<std::string> out;
  for (const auto& text : texts.texts)
    out.push_back(field == "codes" ? text.substr(0, text.find('=')) : text);
  return out;
}

std::string_view kind_of(std::string_view field) {
  if (field == "codes") return "list";
  return field == "allowed" ? "allow list" : "blocklist";
}

// A list that there is, but whose facts are elsewhere.
std::string elsewhere(const Policy& policy, const std::string& id, std::string_view field) {
  const auto* list = policy.list(id);
  if (!list) return "";
  return fmt::format("{}.{}", group_of(*list),
                     field == "codes" ? "codes"
                     : list->allow    ? "allowed"
                                      : "listed");
}

// A condition that names lists must name configured ones, of its own group.
void lint_list_names(const Lint& lint, const std::vector<Condition>& when) {
  for (const auto& condition : when) {
    const auto doc = lint.loading.schema.find(condition.path);
    const auto* texts = std::get_if<OneOf>(&condition.test);
    if (!doc.field || !doc.field->traits.lists || !texts) continue;
    const auto field = doc.field->name;
    std::vector<std::string> known;
    for (const auto& list : lint.policy.lists)
      if (group_of(list) == doc.check->group && (field == "codes" || list.allow == (field == "allowed")))
        known.push_back(list.id);
    for (const auto& id : ids_in(*texts, field)) {
      if (std::find(known.begin(), known.end(), id) != known.end()) continue;
      const auto other = elsewhere(lint.policy, id, field);
      if (other.empty())
        lint.error(condition.at, fmt::format(R"(there is no {} "{}" under lists)", kind_of(field), id),
                   nearest(id, known));
      else
        lint.error(condition.at,
                   fmt::format(R"({} never holds "{}": {} tells of that list)", condition.path, id, other),
                   other);
    }
  }
}

// The largest sum of weights that one mail can reach: all codes of each list at once.
std::int64_t heaviest(const Policy& policy, std::string_view group) {
  std::int64_t sum = 0;
  for (const auto& list : policy.lists)
    if (group_of(list) == group && list.force != Force::off) sum += heaviest(list);
  return sum;
}

bool asks_for_more(const Compares& compares, std::int64_t most) {
  if (compares.op == Compares::Op::more) return compares.number >= most;
  return (compares.op == Compares::Op::at_least || compares.op == Compares::Op::equal) &&
         compares.number > most;
}

void lint_weight(const Lint& lint, const Rule& rule) {
  for (const auto& condition : rule.when) {
    const auto doc = lint.loading.schema.find(condition.path);
    const auto* compares = std::get_if<Compares>(&condition.test);
    if (!doc.field || !doc.field->traits.lists || !compares || condition.negated) continue;
    const auto most = heaviest(lint.policy, doc.check->group);
    if (!asks_for_more(*compares, most)) continue;
    if (most == 0)
      lint.warning(condition.at, fmt::format(R"(rule "{}" can never fire: there are no lists)", rule.id));
    else
      lint.error(
          condition.at,
          fmt::format("rule \"{}\" can never fire: the weights of all lists add up to {}", rule.id, most));
  }
}

// A word test that lists every word and is negated holds for no mail.
void lint_all_words(const Lint& lint, const Rule& rule) {
  for (const auto& condition : rule.when) {
    const auto doc = lint.loading.schema.find(condition.path);
    const auto* texts = std::get_if<OneOf>(&condition.test);
    if (!condition.negated || !doc.field || !texts || doc.field->words().empty()) continue;
    const auto words = doc.field->words();
    if (std::all_of(words.begin(), words.end(), [&](std::string_view word) {
          return std::find(texts->texts.begin(), texts->texts.end(), word) != texts->texts.end();
        }))
      lint.error(condition.at, fmt::format("rule \"{}\" can never fire: {} is always one of these", rule.id,
                                           condition.path));
  }
}

void lint_shadow(const Lint& lint, std::size_t index, Shadows& shadows) {
  const auto& rules = lint.policy.rules;
  if (const auto first = shadows.next(index))
    lint.warning(rules[index].at,
                 fmt::format(R"(rule "{}" can never fire: rule "{}" (line {}) decides all that it could)",
                             rules[index].id, rules[*first].id, rules[*first].at.line));
}

// Whether trouble of ours or of DNS can keep a fact from being known. Of a recipient only the status
// needs a source.
bool can_be_unknown(const Condition& condition) {
  if (condition.doubt_reason.empty() || condition.doubt_reason == kOurFault) return false;
  return group_of(condition.path) != "recipient" || condition.path == "recipient.status";
}

void lint_unknown(const Lint& lint, const Rule& rule, const std::vector<YamlValue>& items,
                  std::size_t index) {
  if (rule.action != Action::reject || index >= items.size()) return;
  for (const auto& [key, value] : items[index].entries())
    if (key.text() == "if_unknown") return;
  for (const auto& condition : rule.when) {
    if (condition.implied || !can_be_unknown(condition)) continue;
    lint.warning(rule.at,
                 fmt::format("rule \"{}\": {} can be unknown, and the rule is skipped then; say so with "
                             "if_unknown: skip, or defer",
                             rule.id, condition.path));
    return;
  }
}

bool is_relay_control(const Rule& rule) { return refuses(rule) && rule.reason == "relay-denied"; }

// An accept that strangers can reach lets them relay, if nothing before it controls relaying.
void lint_open_accept(const Lint& lint, const Rule& rule) {
  const bool narrow = std::any_of(rule.when.begin(), rule.when.end(), [](const Condition& condition) {
    return !condition.negated &&
           (group_of(condition.path) == "client" || group_of(condition.path) == "recipient");
  });
  if (rule.action == Action::accept && rule.mode == Mode::enforce && !narrow &&
      moment_of(rule.stage) == Stage::rcpt)
    lint.warning(
        rule.at,
        fmt::format("rule \"{}\" accepts before relay control: strangers can relay through it", rule.id));
}

void lint_relay(const Lint& lint) {
  const auto& rules = lint.policy.rules;
  const auto at = lint.root.place_of("rules");
  const auto relay = std::find_if(rules.begin(), rules.end(), is_relay_control);
  if (relay == rules.end())
    lint.warning(
        at,
        "relay control is missing: no rule refuses with relay-denied, so that the mail server itself "
        "must");
  else if (relay->mode == Mode::monitor && lint.policy.mode == Mode::enforce)
    lint.warning(
        relay->at,
        fmt::format("rule \"{}\" only monitors relaying: the mail server itself must refuse it", relay->id));
  std::for_each(rules.begin(), relay, [&](const Rule& rule) { lint_open_accept(lint, rule); });
}

// Whether it can tell mail whose From field names no single domain: DMARC says nothing of that (permerror).
bool looks_at_from(const Condition& condition) {
  if (condition.path == "from.problem" || condition.path == "from.count") return true;
  const auto* words = std::get_if<OneOf>(&condition.test);
  if (condition.path != "dmarc.result" || !words) return false;
  const auto& texts = words->texts;
  return (std::find(texts.begin(), texts.end(), "permerror") != texts.end()) != condition.negated;
}

bool any_condition(const Rule& rule, bool (*holds)(const Condition&)) {
  return refuses(rule) && std::any_of(rule.when.begin(), rule.when.end(), holds);
}

void lint_from(const Lint& lint) {
  const auto& rules = lint.policy.rules;
  const auto by_dmarc = std::find_if(rules.begin(), rules.end(), [](const Rule& rule) {
    return rule.mode == Mode::enforce && any_condition(rule, [](const Condition& condition) {
             return group_of(condition.path) == "dmarc";
           });
  });
  if (by_dmarc == rules.end() || std::any_of(rules.begin(), rules.end(), [](const Rule& rule) {
        return any_condition(rule, looks_at_from);
      }))
    return;
  lint.warning(
      by_dmarc->at,
      fmt::format(
          "rule \"{}\" refuses by DMARC, and no rule looks at from.problem: mail with two From fields, or "
          "with one that cannot be read, passes it. Add a rule with when: {{client.trusted: false, "
          "from.problem: {{not: \"\"}}}}, reject: from-header-invalid",
          by_dmarc->id));
}

void lint_rules(const Lint& lint) {
  // A rule of which something could not be read seems to match more than it does.
  const bool sound = !lint.loading.findings.has_errors();
  const auto items = lint.root.find("rules") ? lint.root.find("rules")->items() : std::vector<YamlValue>();
  Shadows shadows(lint.policy);
  for (std::size_t i = 0; i < lint.policy.rules.size(); ++i) {
    const auto& rule = lint.policy.rules[i];
    lint_list_names(lint, rule.when);
    lint_weight(lint, rule);
    lint_all_words(lint, rule);
    if (sound) lint_shadow(lint, i, shadows);
    lint_unknown(lint, rule, items, i);
  }
}

}  // namespace

void lint_policy(const Policy& policy, const YamlMapping& root, const Loading& loading) {
  const Lint lint{policy, root, loading};
  lint_recipients(lint);
  lint_rules(lint);
  for (const auto& exception : policy.exceptions) lint_list_names(lint, exception.when);
  if (loading.findings.has_errors()) return;
  lint_relay(lint);
  lint_from(lint);
}

}  // namespace policy
