#include "milter/session/gathering.h"

#include <fmt/format.h>

#include <algorithm>

namespace milter {
namespace {

// Each field that the check finds out is unavailable, not what others told of its group.
policy::Fact own_part(const Check& check, policy::Fact fact) {
  const auto* why = std::get_if<policy::Unavailable>(&fact);
  if (!why) return fact;
  policy::Fields fields;
  for (const auto& field : check.doc.fields)
    if (!field.traits.derived) fields.emplace_back(std::string(field.name), *why);
  return fields;
}

Gathered asked_too_often(const Check& check, const CheckInput& input) {
  const policy::Unavailable why{fmt::format("{} answers in a row led to further questions", kMostRuns),
                                policy::Owner::client};
  Gathered gathered = own_part(check, why);
  if (input.list)
    gathered.list = policy::ListAsked{.list = input.list->id,
                                      .zone = policy::zone_hash(input.list->zone, input.host),
                                      .of = input.list->of,
                                      .trouble = why.reason,
                                      .owner = why.owner};
  return gathered;
}

bool knows_all(const Wanted& wanted, const policy::Observed& observed, policy::Stage stage) {
  const auto& after = wanted.check->after;
  return stage >= whole_at(wanted) && std::all_of(after.begin(), after.end(), [&](std::string_view before) {
           return is_gathered({find_check(before)}, observed);
         });
}

}  // namespace

bool Gathering::is_due(Window window, Deadline now) const {
  if (runs_ == 0) return true;
  if (result_ || named_.empty()) return false;
  return now >= over_at(window) || Waiting::Run{named_, Deadline::max()}.is_answered();
}

// What was asked ahead, and is open still, is waited for now.
void Gathering::hurry(Window window) {
  if (hurried_ || window.urgency() == Urgency::ahead) return;
  hurried_ = true;
  for (auto& question : named_)
    if (question.lookup.peek() == nullptr)
      question.lookup = questions_.ask(question.name, question.type, question.lane, Urgency::decision);
}

void Gathering::go_on(Window window, Deadline now) {
  hurry(window);
  if (!is_due(window, now)) return;
  named_.clear();
  if (++runs_ > kMostRuns) {
    if (input_.whole) result_ = asked_too_often(check_, input_);
    return;
  }
  Answers answers(questions_, window, now);
  auto gathered = check_.gather(input_, answers);
  named_ = answers.named();
  by_half_ = answers.asks_by_half();
  if (!answers.all_here() || !input_.whole) return;
  gathered.fact = own_part(check_, std::move(gathered.fact));
  result_ = std::move(gathered);
}

Waiting Gathering::waiting(Window window) const {
  Waiting waiting;
  if (!named_.empty()) waiting.add({named_, over_at(window)});
  return waiting;
}

Gathering& Gatherings::of(const Wanted& wanted, const JudgeInput& input, const policy::Observed& observed,
                          policy::Stage stage) {
  const auto known = under_way_.find(wanted);
  if (known != under_way_.end()) {
    auto& begun = known->second;
    if (begun.gathering.input().whole || begun.stage == stage) return begun.gathering;
    under_way_.erase(known);
  }
  const auto& env = input.env;
  const CheckInput frozen{.connection = input.connection,
                          .transaction = input.transaction,
                          .observed = observed,
                          .facts = observed.facts,
                          .policy = env.policy,
                          .host = env.host,
                          .recipients = env.recipients,
                          .list = wanted.list,
                          .standing = standing(wanted, env),
                          .unix_millis = env.clock.unix_millis(),
                          .spf_records = spf_records_,
                          .whole = knows_all(wanted, observed, stage)};
  return under_way_.try_emplace(wanted, Begun{stage, Gathering(*wanted.check, frozen, env.dns)})
      .first->second.gathering;
}

void Gatherings::clear() {
  under_way_.clear();
  standings_.clear();
  spf_records_ = {};
}

const Standing* Gatherings::standing(const Wanted& wanted, const Env& env) {
  if (!wanted.list) return nullptr;
  const auto known = standings_.find(wanted.list);
  if (known != standings_.end()) return &known->second;
  auto now = env.lists ? env.lists->standing(*wanted.list, env.clock.unix_millis())
                       : standing_untested(*wanted.list);
  return &standings_.emplace(wanted.list, std::move(now)).first->second;
}

bool is_gathered(const Wanted& wanted, const policy::Observed& observed) {
  if (const auto* list = wanted.list)
    return std::any_of(observed.lists.begin(), observed.lists.end(),
                       [&](const policy::ListAsked& asked) { return asked.list == list->id; });
  const auto& doc = wanted.check->doc;
  if (observed.facts.why_none_of(doc.group)) return true;
  return std::all_of(doc.fields.begin(), doc.fields.end(), [&](const policy::FieldDoc& field) {
    return observed.facts.value({doc.group, field.name}) != nullptr;
  });
}

// A list is asked as soon as its subject was said.
policy::Stage whole_at(const Wanted& wanted) {
  const auto since = wanted.check->doc.since;
  if (!wanted.list) return since;
  switch (wanted.list->of) {
    case policy::ListOf::client_ip:
    case policy::ListOf::client_name:
      return since;
    case policy::ListOf::helo:
      return std::max(since, policy::Stage::helo);
    case policy::ListOf::sender_domain:
      return std::max(since, policy::Stage::mail);
    case policy::ListOf::from_domain:
      return std::max(since, policy::Stage::headers);
  }
  return since;
}

}  // namespace milter
