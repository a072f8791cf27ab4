#include "policy/kind.h"

#include <algorithm>

namespace policy {
namespace {

bool reads_recipients(const Condition& condition) {
  return condition.path == "message.recipients" || condition.path == "message.recipient_domains" ||
         condition.path == "message.role" || group_of(condition.path) == "recipient";
}

bool refuses_at_the_end(const Rule& rule) {
  return rule.refuses() && rule.mode == Mode::enforce && moment_of(rule.stage) == Stage::message;
}

void ask(const std::vector<Condition>& when, const FactSet& facts, std::vector<Truth>& kind) {
  for (const auto& condition : when)
    if (reads_recipients(condition)) kind.push_back(holds(condition, facts));
}

// Of an accept the whole counts: where what it asks of the client is known to be false, its recipients are no matter.
Truth accepts(const Rule& rule, const FactSet& facts) {
  auto truth = Truth::yes;
  for (const auto& condition : rule.when) {
    const auto one = holds(condition, facts);
    if (one == Truth::no) return one;
    if (reads_recipients(condition)) truth = std::max(truth, one);
  }
  return truth;
}

}  // namespace

std::vector<Truth> kind_of(const Policy& policy, const FactSet& facts) {
  const auto& rules = policy.rules;
  const auto last = std::find_if(rules.rbegin(), rules.rend(), refuses_at_the_end);
  std::vector<Truth> kind;
  for (auto rule = rules.begin(); rule != last.base(); ++rule) {
    if (refuses_at_the_end(*rule) ||
        (rule->action == Action::accept && moment_of(rule->stage) == Stage::message))
      ask(rule->when, facts, kind);
    else if (rule->action == Action::accept && rule->mode == Mode::enforce)
      kind.push_back(accepts(*rule, facts));
  }
  if (last != rules.rend())
    for (const auto& exception : policy.exceptions) ask(exception.when, facts, kind);
  return kind;
}

}  // namespace policy
