#include "milter/session/judge.h"

#include <algorithm>
#include <stdexcept>

#include "policy/derive.h"

namespace milter {
namespace {

using Time = std::chrono::steady_clock;

// 0 for a window that has no beginning.
std::int64_t millis_since(Time::time_point start) {
  if (start == Time::time_point::min()) return 0;
  return std::chrono::duration_cast<std::chrono::milliseconds>(Time::now() - start).count();
}

const Check& known(std::string_view name) {
  const auto* check = find_check(name);
  if (!check) throw std::logic_error("the policy needs a check that does not exist: " + std::string(name));
  return *check;
}

// "dnsbl:zen" is one list; "dnsbl" a check without any that matters.
Wanted wanted(std::string_view name, const policy::Policy& policy) {
  const auto colon = name.find(':');
  const auto& check = known(name.substr(0, colon));
  if (colon == std::string_view::npos) return {&check};
  const auto* list = policy.list(name.substr(colon + 1));
  if (!list) throw std::logic_error("the policy needs a list that does not exist: " + std::string(name));
  return {&check, list};
}

// What is wanted after what it builds on. checks.def has no circles: a test says so.
void in_order(const Wanted& one, const policy::Observed& observed, std::vector<Wanted>& order) {
  if (is_gathered(one, observed) || std::find(order.begin(), order.end(), one) != order.end()) return;
  for (const auto before : one.check->after) in_order({&known(before)}, observed, order);
  order.push_back(one);
}

std::vector<Wanted> in_order(const std::vector<std::string>& names, const policy::Policy& policy,
                             const policy::Observed& observed) {
  std::vector<Wanted> order;
  for (const auto& name : names) in_order(wanted(name, policy), observed, order);
  return order;
}

bool can_be_asked(const Wanted& one, const policy::Observed& observed) {
  const auto& after = one.check->after;
  return std::all_of(after.begin(), after.end(),
                     [&](std::string_view before) { return is_gathered({&known(before)}, observed); });
}

// What either moment of decision lacks, and what that builds on.
std::vector<Wanted> still_needed(const policy::Policy& policy, const policy::Observed& observed) {
  std::vector<Wanted> out;
  for (const auto moment : {policy::Stage::rcpt, policy::Stage::message}) {
    const auto step = policy::decide(policy, observed.facts, moment);
    if (const auto* need = std::get_if<policy::Need>(&step))
      for (const auto& name : need->checks) in_order(wanted(name, policy), observed, out);
  }
  return out;
}

// From when on it is asked ahead.
policy::Stage early_stage(const Wanted& one) {
  return std::clamp(whole_at(one), policy::Stage::helo, policy::Stage::headers);
}

// What of a gathering's result is an observation; derive() makes the rest.
void add(const Check& check, const Gathered& gathered, policy::Observed& observed) {
  if (gathered.list) observed.lists.push_back(*gathered.list);
  if (gathered.source && observed.recipient) observed.recipient->answer = gathered.source;
  if (!gathered.list) observed.facts.put(check.doc.group, std::get<policy::Fields>(gathered.fact));
}

}  // namespace

Judging::Judging(const JudgeInput& input, policy::Stage moment, policy::Observed& observed,
                 Gatherings& under_way, Window window, std::vector<std::string> besides)
    : input_(input),
      moment_(moment),
      observed_(observed),
      under_way_(under_way),
      window_(window),
      besides_(std::move(besides)) {
  gather_free(input, moment, observed);
}

std::variant<Decided, Waiting> Judging::step(Deadline now) {
  for (;;) {
    if (auto waiting = gather(now); !waiting.empty()) return waiting;
    if (decided_ || is_over(policy::decide(input_.env.policy, observed_.facts, moment_))) {
      judged_.millis["total"] = millis_since(window_.begin);
      return std::move(judged_);
    }
  }
}

// Whether nothing is left to gather.
bool Judging::is_over(policy::Step step) {
  if (const auto* need = std::get_if<policy::Need>(&step)) {
    wanted_ = in_order(need->checks, input_.env.policy, observed_);
    for (const auto& one : wanted_)
      if (begun_.contains(one))
        throw std::logic_error("check " + std::string(one.check->doc.name) +
                               " does not tell what it is asked");
    // Or this would go round for ever, on a stranger's word.
    if (wanted_.empty()) throw std::logic_error(need->checks.front() + " was asked, and is not known");
    return false;
  }
  judged_.verdict = std::get<policy::Verdict>(std::move(step));
  decided_ = true;
  const auto action = judged_.verdict.action;
  if (action != policy::Action::reject && action != policy::Action::defer)
    wanted_ = in_order(besides_, input_.env.policy, observed_);
  return wanted_.empty();
}

// All that are wanted, before anything is decided by some of them: the order of answers must not matter.
Waiting Judging::gather(Deadline now) {
  Waiting waiting;
  std::erase_if(wanted_, [&](const Wanted& one) {
    if (!can_be_asked(one, observed_)) return false;
    begun_.try_emplace(one, Time::now());
    auto& gathering = under_way_.of(one, input_, observed_, moment_);
    gathering.go_on(window_, now);
    if (gathering.result()) take(one, gathering);
    waiting.add(gathering.waiting(window_));
    return gathering.result() != nullptr;
  });
  policy::derive(input_.env.policy, input_.env.host, observed_);
  return waiting;
}

void Judging::take(const Wanted& one, const Gathering& gathering) {
  const auto& result = *gathering.result();
  add(*one.check, result, observed_);
  if (input_.env.lists)
    for (const auto& event : result.events) input_.env.lists->report(event, gathering.input().unix_millis);
  if (!one.check->free) judged_.millis[std::string(one.check->doc.name)] += millis_since(begun_.at(one));
}

// What is of one recipient is nothing at the message's end.
void gather_free(const JudgeInput& input, policy::Stage stage, policy::Observed& observed) {
  Gatherings own;
  for (const auto* check : all_checks()) {
    const bool of_recipient = check->doc.since == policy::Stage::rcpt;
    if (check->free && check->doc.since <= stage && !(of_recipient && stage > policy::Stage::rcpt))
      gather_at_once(input, check->doc.name, stage, observed, own);
  }
  policy::derive(input.env.policy, input.env.host, observed);
}

void gather_at_once(const JudgeInput& input, std::string_view name, policy::Stage stage,
                    policy::Observed& observed, Gatherings& under_way) {
  const auto& check = known(name);
  if (is_gathered({&check}, observed)) return;
  auto& gathering = under_way.of({&check}, input, observed, stage);
  const auto now = Time::now();
  gathering.go_on({now, Deadline::max()}, now);
  if (const auto* result = gathering.result()) add(check, *result, observed);
}

void ask_ahead(const JudgeInput& input, policy::Stage stage, const policy::Observed& observed,
               const std::vector<std::string>& besides, Gatherings& under_way) {
  const auto now = Time::now();
  auto all = still_needed(input.env.policy, observed);
  for (const auto& name : besides) in_order(wanted(name, input.env.policy), observed, all);
  for (const auto& one : all)
    if (early_stage(one) <= stage)
      under_way.of(one, input, observed, stage).go_on({now, Deadline::max()}, now);
}

bool may_need(const JudgeInput& input, std::string_view check, const policy::Observed& observed) {
  const auto needed = still_needed(input.env.policy, observed);
  return std::any_of(needed.begin(), needed.end(),
                     [&](const Wanted& one) { return one.check == find_check(check); });
}

}  // namespace milter
