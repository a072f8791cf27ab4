#include "milter/session/judge.h"

#include <algorithm>
#include <stdexcept>

namespace milter {
namespace {

using Time = std::chrono::steady_clock;

std::int64_t millis_since(Time::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Time::now() - start).count();
}

// Whether this check's own part of its group is there: groups may be shared (client: by client and ptr).
bool gathered(const Check& check, const policy::FactSet& facts) {
  const auto* fact = facts.find(check.doc.group);
  if (!fact) return false;
  if (std::holds_alternative<policy::Unavailable>(*fact)) return true;
  return std::all_of(check.doc.fields.begin(), check.doc.fields.end(), [&](const policy::FieldDoc& field) {
    return facts.value(std::string(check.doc.group) + "." + std::string(field.name)) != nullptr;
  });
}

bool shares_group(const Check& check) {
  const auto checks = all_checks();
  return std::count_if(checks.begin(), checks.end(),
                       [&](const Check* other) { return other->doc.group == check.doc.group; }) > 1;
}

// In a shared group only this check's fields are unavailable, not what the others told.
policy::Fact spread(const Check& check, policy::Fact fact) {
  const auto* why = std::get_if<policy::Unavailable>(&fact);
  if (!why || !shares_group(check)) return fact;
  policy::Fields fields;
  for (const auto& field : check.doc.fields) fields.emplace_back(std::string(field.name), *why);
  return fields;
}

const Check& known(std::string_view name) {
  const auto* check = find_check(name);
  if (!check) throw std::logic_error("the policy needs a check that does not exist: " + std::string(name));
  return *check;
}

// A check after those it builds on. checks.def has no circles: a test says so.
void in_order(const Check& check, const policy::FactSet& facts, std::vector<const Check*>& order) {
  if (gathered(check, facts) || std::find(order.begin(), order.end(), &check) != order.end()) return;
  for (const auto before : check.after) in_order(known(before), facts, order);
  order.push_back(&check);
}

// Those that cost nothing and can answer by `stage`. What is of one recipient is nothing at the message's
// end.
std::vector<std::string> free_checks(policy::Stage stage) {
  std::vector<std::string> out;
  for (const auto* check : all_checks()) {
    const bool of_recipient = check->doc.since == policy::Stage::rcpt;
    if (check->free && check->doc.since <= stage && !(of_recipient && stage > policy::Stage::rcpt))
      out.emplace_back(check->doc.name);
  }
  return out;
}

// What either moment of decision lacks, and what that builds on.
std::vector<const Check*> still_needed(const policy::Policy& policy, const policy::FactSet& facts) {
  std::vector<const Check*> out;
  for (const auto moment : {policy::Stage::rcpt, policy::Stage::message}) {
    const auto step = policy::decide(policy, facts, moment);
    if (const auto* need = std::get_if<policy::Need>(&step))
      for (const auto& name : need->checks) in_order(known(name), facts, out);
  }
  return out;
}

}  // namespace

void gather(const Case& matter, const std::vector<std::string>& checks, policy::FactSet& facts,
            Deadline deadline, std::map<std::string, std::int64_t>& millis) {
  std::vector<const Check*> order;
  for (const auto& name : checks) in_order(known(name), facts, order);
  const Asking asking{matter.connection, matter.transaction, facts, matter.env, deadline};
  for (const auto* check : order)
    if (check->start) check->start(asking);
  for (const auto* check : order) {
    const auto begin = Time::now();
    facts.put(check->doc.group, spread(*check, check->gather(asking)));
    if (!check->free) millis[std::string(check->doc.name)] += millis_since(begin);
  }
}

Judged judge(const Case& matter, policy::Stage moment, policy::FactSet& facts, Deadline deadline) {
  const auto begin = Time::now();
  Judged judged;
  gather(matter, free_checks(moment), facts, deadline, judged.millis);
  for (;;) {
    auto step = policy::decide(matter.env.policy, facts, moment);
    if (auto* verdict = std::get_if<policy::Verdict>(&step)) {
      judged.verdict = std::move(*verdict);
      judged.millis["total"] = millis_since(begin);
      return judged;
    }
    gather(matter, std::get<policy::Need>(step).checks, facts, deadline, judged.millis);
  }
}

void gather_free(const Case& matter, policy::Stage stage, policy::FactSet& facts) {
  std::map<std::string, std::int64_t> unmeasured;
  gather(matter, free_checks(stage), facts, Deadline::min(), unmeasured);
}

void prefetch(const Case& matter, policy::Stage stage, const policy::FactSet& facts,
              const std::vector<std::string>& besides) {
  const Asking asking{matter.connection, matter.transaction, facts, matter.env, Deadline::min()};
  auto wanted = still_needed(matter.env.policy, facts);
  for (const auto& name : besides) in_order(known(name), facts, wanted);
  for (const auto* check : wanted)
    if (check->start && std::min(check->doc.since, policy::Stage::headers) == stage) check->start(asking);
}

bool may_need(const Case& matter, std::string_view check, const policy::FactSet& facts) {
  const auto needed = still_needed(matter.env.policy, facts);
  return std::find(needed.begin(), needed.end(), find_check(check)) != needed.end();
}

}  // namespace milter
