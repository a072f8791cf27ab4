#include "policy/kind.h"

#include <algorithm>
#include <array>

namespace policy {
namespace {

const FieldPath kRecipients("message.recipients"), kDomains("message.recipient_domains"),
    kRole("message.role");

bool reads_recipients(const Condition& condition) {
  return condition.path == kRecipients || condition.path == kDomains || condition.path == kRole ||
         condition.path.group() == "recipient";
}

bool refuses_at_the_end(const Rule& rule) {
  return rule.refuses() && rule.mode == Mode::enforce && moment_of(rule.stage) == Stage::message;
}

void ask(const std::vector<Condition>& when, const FactSet& own, std::vector<Truth>& kind) {
  for (const auto& condition : when)
    if (reads_recipients(condition)) kind.push_back(holds(condition, own));
}

// What SMTP said before RCPT is known of every recipient. What others have to be asked is known of one and
// not yet of the next, and a kind that hung on it would tell alike recipients apart.
bool asks_nobody(const Condition& condition) {
  constexpr std::array<std::string_view, 3> kChecks{"client", "helo", "sender"};
  return std::find(kChecks.begin(), kChecks.end(), condition.check) != kChecks.end();
}

// Of an accept the whole counts: where what it asks of the client is known to be false, its recipients are no matter.
Truth accepts(const Rule& rule, const FactSet& facts, const FactSet& own) {
  auto truth = Truth::yes;
  for (const auto& condition : rule.when) {
    const bool of_recipients = reads_recipients(condition);
    if (!of_recipients && !asks_nobody(condition)) continue;
    const auto one = holds(condition, of_recipients ? own : facts);
    if (one == Truth::no) return one;
    if (of_recipients) truth = std::max(truth, one);
  }
  return truth;
}

}  // namespace

bool has_kinds(const Policy& policy) {
  return std::any_of(policy.rules.begin(), policy.rules.end(), refuses_at_the_end);
}

std::vector<Truth> kind_of(const Policy& policy, const FactSet& facts, const FactSet& own) {
  const auto& rules = policy.rules;
  const auto last = std::find_if(rules.rbegin(), rules.rend(), refuses_at_the_end);
  std::vector<Truth> kind;
  for (auto rule = rules.begin(); rule != last.base(); ++rule) {
    if (refuses_at_the_end(*rule) ||
        (rule->action == Action::accept && moment_of(rule->stage) == Stage::message))
      ask(rule->when, own, kind);
    else if (rule->action == Action::accept && rule->mode == Mode::enforce)
      kind.push_back(accepts(*rule, facts, own));
  }
  if (last != rules.rend())
    for (const auto& exception : policy.exceptions) ask(exception.when, own, kind);
  return kind;
}

}  // namespace policy
