#include "policy/decide.h"

#include <algorithm>
#include <optional>
#include <set>

#include "policy/domain.h"

namespace policy {
namespace {

// Whether one value passes a test. Of a list: whether any element does.
struct Passes {
  const Test& test;

  bool operator()(bool flag) const {
    const auto* is = std::get_if<IsFlag>(&test);
    return is && is->value == flag;
  }
  bool operator()(std::int64_t number) const {
    const auto* compares = std::get_if<Compares>(&test);
    if (!compares) return false;
    switch (compares->op) {
      case Compares::Op::less:
        return number < compares->number;
      case Compares::Op::at_most:
        return number <= compares->number;
      case Compares::Op::equal:
        return number == compares->number;
      case Compares::Op::at_least:
        return number >= compares->number;
      case Compares::Op::more:
        return number > compares->number;
    }
    return false;
  }
  bool operator()(const std::string& text) const {
    if (const auto* one_of = std::get_if<OneOf>(&test))
      return std::any_of(one_of->texts.begin(), one_of->texts.end(),
                         [&](const std::string& candidate) { return same_name(candidate, text); });
    if (const auto* domains = std::get_if<MatchesDomains>(&test)) return matches_any(text, domains->patterns);
    const auto* networks = std::get_if<InNetworks>(&test);
    const auto address = networks ? Address::parse(text) : std::nullopt;
    return address && std::any_of(networks->networks.begin(), networks->networks.end(),
                                  [&](const Network& network) { return network.contains(*address); });
  }
  bool operator()(const TextList& list) const { return std::any_of(list.begin(), list.end(), *this); }
  bool operator()(const Unavailable&) const { return false; }
};

// A value that stands for "temporarily unknown" is one, unless the condition asks for just that word.
bool is_doubt(const Condition& condition, const Value& value) {
  if (std::holds_alternative<Unavailable>(value)) return true;
  const auto* text = std::get_if<std::string>(&value);
  if (!text || condition.doubt.empty() || *text != condition.doubt) return false;
  const auto* one_of = std::get_if<OneOf>(&condition.test);
  return !one_of ||
         std::find(one_of->texts.begin(), one_of->texts.end(), condition.doubt) == one_of->texts.end();
}

// A list may be known in part: signatures whose keys did not answer may be good ones.
bool may_yet_pass(const Condition& condition, const FactSet& facts) {
  const auto* open = condition.open.empty() ? nullptr : facts.value(condition.open);
  return open && std::visit(Passes{condition.test}, *open);
}

// What came of looking at a list of conditions, and the condition that settled it (null: all hold).
struct Settled {
  Truth truth = Truth::yes;
  const Condition* by = nullptr;
};

// Conjunction in three-valued logic: a condition known to be false settles it whatever the others turn out to
// be. Only then ask for what is missing. So a slow name server cannot defer mail that a rule would not touch
// anyway, the order of conditions means nothing, and further facts change nothing.
Settled all_hold(const std::vector<Condition>& conditions, const FactSet& facts) {
  Settled unsettled;
  for (const auto& condition : conditions) {
    const auto truth = holds(condition, facts);
    if (truth == Truth::no) return {truth, &condition};
    if (truth > unsettled.truth) unsettled = {truth, &condition};
    // Of several unknown conditions the first by path speaks, so that their order in the file means nothing.
    if (truth == unsettled.truth && unsettled.by && truth != Truth::yes &&
        condition.path < unsettled.by->path)
      unsettled.by = &condition;
  }
  return unsettled;
}

void add_missing(const std::vector<Condition>& conditions, const FactSet& facts,
                 std::set<std::string>& missing) {
  for (const auto& condition : conditions)
    if (holds(condition, facts) == Truth::not_asked) missing.insert(condition.check);
}

bool concerns(const Exception& exception, const Rule& rule) {
  return std::find_if(exception.skip.begin(), exception.skip.end(), [&](const std::string& name) {
           return name == rule.id || (!rule.reason.empty() && name == rule.reason);
         }) != exception.skip.end();
}

// A rule with its exceptions: it fires when its conditions hold and no exception does.
struct Look {
  Considered considered;
  const Condition* doubtful = nullptr;  // what is unknown, if that is why
  bool must_defer = false;              // the rule holds, but an exception is unknown
};

Look look_at(const Policy& policy, const Rule& rule, const FactSet& facts, std::set<std::string>& missing) {
  const auto [truth, by] = all_hold(rule.when, facts);
  Look look{{rule.id, truth, by ? by->path : "", ""}, truth == Truth::unknown ? by : nullptr};
  if (truth == Truth::no) return look;
  if (truth == Truth::not_asked) {
    add_missing(rule.when, facts, missing);
    return look;
  }
  for (const auto& exception : policy.exceptions) {
    if (rule.action == Action::accept || !concerns(exception, rule)) continue;
    const auto excepted = all_hold(exception.when, facts);
    if (excepted.truth == Truth::no) continue;
    if (excepted.truth == Truth::yes) return {{rule.id, Truth::no, look.considered.path, exception.id}};
    look.considered = {rule.id, std::max(look.considered.truth, excepted.truth), excepted.by->path,
                       exception.id};
    if (excepted.truth == Truth::not_asked) add_missing(exception.when, facts, missing);
    look.must_defer |= excepted.truth == Truth::unknown && truth == Truth::yes;
    if (!look.doubtful && excepted.truth == Truth::unknown) look.doubtful = excepted.by;
  }
  return look;
}

// The first enforced rule that fires ends the walk; a monitored one is noted and passed by.
class Walk {
 public:
  Walk(const Policy& policy, const FactSet& facts) : policy_(policy), facts_(facts) {
    verdict_.trace.reserve(policy.rules.size());
  }

  // True once no later rule can matter.
  bool consider(const Rule& rule) {
    auto look = look_at(policy_, rule, facts_, missing_);
    const auto truth = look.considered.truth;
    verdict_.trace.push_back(std::move(look.considered));
    if (truth == Truth::no || truth == Truth::not_asked) return false;
    const bool doubt = truth == Truth::unknown;
    if (doubt && !look.must_defer && rule.if_unknown == IfUnknown::skip) return skip(rule, look);
    if (rule.mode == Mode::enforce && rule.action == Action::reject && !doubt && open_.rule)
      return defer(*open_.rule, *open_.doubtful);
    const auto action = doubt ? Action::defer : rule.action;
    const auto& reason = doubt ? look.doubtful->doubt_reason : rule.reason;
    if (rule.mode == Mode::monitor) {
      verdict_.monitored.push_back({rule.id, action, reason});
      return false;
    }
    if (doubt) return defer(rule, *look.doubtful);
    verdict_.action = action;
    verdict_.rule = rule.id;
    verdict_.reason = reason;
    return true;
  }

  Step end() && {
    if (!missing_.empty()) return Need{{missing_.begin(), missing_.end()}};
    return std::move(verdict_);
  }

 private:
  bool skip(const Rule& rule, const Look& look) {
    const bool accepts = rule.action == Action::accept && rule.mode == Mode::enforce;
    if (accepts && !open_.rule) open_ = {&rule, look.doubtful};
    return false;
  }

  bool defer(const Rule& rule, const Condition& doubtful) {
    verdict_.action = Action::defer;
    verdict_.rule = rule.id;
    verdict_.reason = doubtful.doubt_reason;
    verdict_.unknown = doubtful.path;
    return true;
  }

  const Policy& policy_;
  const FactSet& facts_;
  // The first skipped rule that would have accepted, had the answer been there: a later rule must not refuse
  // for good what it may have let in.
  struct {
    const Rule* rule = nullptr;
    const Condition* doubtful = nullptr;
  } open_;
  std::set<std::string> missing_;
  Verdict verdict_;
};

}  // namespace

Truth holds(const Condition& condition, const FactSet& facts) {
  const auto* value = facts.value(condition.path);
  if (!value) {
    const auto* fact = facts.find(group_of(condition.path));
    return fact && std::holds_alternative<Unavailable>(*fact) ? Truth::unknown : Truth::not_asked;
  }
  if (is_doubt(condition, *value)) return Truth::unknown;
  const bool passes = std::visit(Passes{condition.test}, *value);
  if (!passes && may_yet_pass(condition, facts)) return Truth::unknown;
  return passes != condition.negated ? Truth::yes : Truth::no;
}

Step decide(const Policy& policy, const FactSet& facts, Stage moment) {
  Walk walk(policy, facts);
  for (const auto& rule : policy.rules)
    if (moment_of(rule.stage) == moment && walk.consider(rule)) break;
  return std::move(walk).end();
}

}  // namespace policy
