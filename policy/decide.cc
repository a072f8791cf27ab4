#include "policy/decide.h"

#include <algorithm>
#include <optional>
#include <set>

#include "policy/domain.h"

namespace policy {
namespace {

const FieldPath kMixed("message.mixed"), kIsSplit("recipient.split");

bool passes(const Compares& test, std::int64_t number) {
  switch (test.op) {
    case Compares::Op::less:
      return number < test.number;
    case Compares::Op::at_most:
      return number <= test.number;
    case Compares::Op::equal:
      return number == test.number;
    case Compares::Op::at_least:
      return number >= test.number;
    case Compares::Op::more:
      return number > test.number;
  }
  return false;
}

// Whether one value passes a test. Of a list: whether any element does.
struct Passes {
  const Test& test;

  bool operator()(bool flag) const {
    const auto* is = std::get_if<IsFlag>(&test);
    return is && is->value == flag;
  }
  bool operator()(std::int64_t number) const {
    const auto* compares = std::get_if<Compares>(&test);
    return compares && passes(*compares, number);
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
  bool operator()(const InPart&) const { return false; }
};

// Whether a number anywhere in an interval passes a comparison: all of them, none, or some.
Truth interval_passes(const Compares& test, const InPart& part) {
  const bool low = passes(test, part.at_least), high = passes(test, part.at_most);
  if (test.op != Compares::Op::equal) return low == high ? (low ? Truth::yes : Truth::no) : Truth::unknown;
  if (part.at_least == part.at_most) return low ? Truth::yes : Truth::no;
  return test.number < part.at_least || test.number > part.at_most ? Truth::no : Truth::unknown;
}

// Whether a list's answer matters to a condition.
bool concerns(const Condition& condition, const std::string& list) {
  return std::find(condition.lists.begin(), condition.lists.end(), list) != condition.lists.end();
}

// Whether one of its lists has not been asked yet although its answer could settle the condition.
bool is_unasked(const Condition& condition, const InPart& part) {
  return std::any_of(part.unasked.begin(), part.unasked.end(),
                     [&](const std::string& list) { return concerns(condition, list); });
}

// Before negation: whether the test passes for all that the value may still be, for none, or for some of it.
Truth part_passes(const Condition& condition, const InPart& part) {
  const Passes test{condition.test};
  if (part.of == InPart::Of::number) {
    const auto* compares = std::get_if<Compares>(&condition.test);
    return compares ? interval_passes(*compares, part) : Truth::no;
  }
  if (std::any_of(part.has.begin(), part.has.end(), test)) return Truth::yes;
  if (part.anything) return Truth::unknown;
  const auto passing = static_cast<std::size_t>(std::count_if(part.may.begin(), part.may.end(), test));
  if (passing == 0) return Truth::no;
  return part.of == InPart::Of::text && passing == part.may.size() ? Truth::yes : Truth::unknown;
}

// What a question that nobody has asked could change is not settled: of a list even a "no".
Truth in_part(const Condition& condition, const InPart& part) {
  const auto truth = part_passes(condition, part);
  const bool open = truth == Truth::unknown || (truth == Truth::no && part.of == InPart::Of::list);
  return open && is_unasked(condition, part) ? Truth::not_asked : truth;
}

Truth negated(Truth truth) {
  if (truth == Truth::yes) return Truth::no;
  return truth == Truth::no ? Truth::yes : truth;
}

// Of lists that are not there, or say nothing of the kind.
Truth unasked(const Condition& condition) {
  const Passes test{condition.test};
  const bool number = std::holds_alternative<Compares>(condition.test);
  const bool passed = number ? test(std::int64_t{0}) : test(TextList{});
  return passed != condition.negated ? Truth::yes : Truth::no;
}

// What came of looking at a list of conditions, and the condition that settled it (null: all hold). Of what
// is unknown: the owner, and whether nothing but lists that were given up leaves it open.
struct Conjunction {
  Truth truth = Truth::yes;
  const Condition* by = nullptr;
  bool client_excess = false;
  bool given_up = false;
};

// Of DNS lists those speak that the condition is about: what another rule has asked besides is no matter here.
void add_doubt(Conjunction& settled, const Condition& condition, const FactSet& facts) {
  const auto add = [&](const Unavailable* why) {
    settled.client_excess |= why && why->owner == Owner::client;
    settled.given_up &= why && why->given_up;
  };
  const auto* value = facts.value(condition.path);
  const auto* part = value ? std::get_if<InPart>(value) : nullptr;
  if (!part || part->open.empty()) return add(facts.why_unknown(condition.path));
  for (const auto& one : part->open)
    if (concerns(condition, one.list)) add(&one.why);
}

// Conjunction in three-valued logic: a condition known to be false settles it whatever the others turn out to
// be. Only then ask for what is missing. So a slow name server cannot defer mail that a rule would not touch
// anyway, the order of conditions means nothing, and further facts change nothing.
Conjunction all_hold(const std::vector<Condition>& conditions, const FactSet& facts) {
  Conjunction unsettled{.given_up = true};
  for (const auto& condition : conditions) {
    const auto truth = holds(condition, facts);
    if (truth == Truth::no) return {truth, &condition};
    if (truth == Truth::unknown) add_doubt(unsettled, condition, facts);
    // Of several unknown conditions the first by path speaks, so that their order in the file means nothing.
    const bool speaks = truth > unsettled.truth ||
                        (truth == unsettled.truth && unsettled.by && condition.path < unsettled.by->path);
    if (truth == Truth::yes || !speaks) continue;
    unsettled.truth = truth;
    unsettled.by = &condition;
  }
  unsettled.given_up &= unsettled.truth == Truth::unknown;
  return unsettled;
}

// What to ask for a condition: its check, or of a check of DNS lists those whose answers matter to it.
void add_missing(const Condition& condition, const FactSet& facts, std::set<std::string>& missing) {
  const auto* value = facts.value(condition.path);
  const auto* part = value ? std::get_if<InPart>(value) : nullptr;
  if (condition.lists.empty()) missing.insert(condition.check);
  for (const auto& list : condition.lists)
    if (!part || std::find(part->unasked.begin(), part->unasked.end(), list) != part->unasked.end())
      missing.insert(condition.check + ":" + list);
}

void add_missing(const std::vector<Condition>& conditions, const FactSet& facts,
                 std::set<std::string>& missing) {
  for (const auto& condition : conditions)
    if (holds(condition, facts) == Truth::not_asked) add_missing(condition, facts, missing);
}

bool concerns(const Exception& exception, const Rule& rule) {
  return std::find_if(exception.skip.begin(), exception.skip.end(), [&](const std::string& name) {
           return name == rule.id || (!rule.reason.empty() && name == rule.reason);
         }) != exception.skip.end();
}

// A rule with its exceptions: it fires when its conditions hold and no exception does.
struct Evaluation {
  Considered considered;
  const Condition* doubtful = nullptr;  // what is unknown, if that is why
  bool must_defer = false;              // the rule holds, but an exception is unknown
  bool client_excess = false;           // the client's own excess is among what is unknown
  bool given_up = false;                // nothing but lists that were given up is unknown

  bool is_doubt() const { return considered.truth == Truth::unknown; }
};

void add_exception(Evaluation& evaluation, const Rule& rule, const Exception& exception,
                   const Conjunction& excepted, Truth holds) {
  evaluation.considered = {rule.id, std::max(evaluation.considered.truth, excepted.truth),
                           std::string(excepted.by->path), exception.id};
  if (excepted.truth != Truth::unknown) return;
  evaluation.must_defer |= holds == Truth::yes;
  evaluation.client_excess |= excepted.client_excess;
  evaluation.given_up = false;
  if (!evaluation.doubtful) evaluation.doubtful = excepted.by;
}

Evaluation evaluate(const Policy& policy, const Rule& rule, const FactSet& facts,
                    std::set<std::string>& missing) {
  const auto settled = all_hold(rule.when, facts);
  const auto truth = settled.truth;
  Evaluation evaluation{{rule.id, truth, settled.by ? std::string(settled.by->path) : "", ""},
                        truth == Truth::unknown ? settled.by : nullptr,
                        false,
                        settled.client_excess,
                        settled.given_up};
  if (truth == Truth::no) return evaluation;
  if (truth == Truth::not_asked) {
    add_missing(rule.when, facts, missing);
    return evaluation;
  }
  for (const auto& exception : policy.exceptions) {
    if (!rule.refuses() || !concerns(exception, rule)) continue;
    const auto excepted = all_hold(exception.when, facts);
    if (excepted.truth == Truth::no) continue;
    if (excepted.truth == Truth::yes) return {{rule.id, Truth::no, evaluation.considered.path, exception.id}};
    if (excepted.truth == Truth::not_asked) add_missing(exception.when, facts, missing);
    add_exception(evaluation, rule, exception, excepted, truth);
  }
  return evaluation;
}

// Whether a rule that is unknown defers; if not, it is skipped.
bool defers_in_doubt(const Rule& rule, const Evaluation& evaluation) {
  if (evaluation.must_defer) return true;
  if (rule.refuses() && evaluation.client_excess) return true;
  if (rule.refuses() && evaluation.given_up) return false;
  return rule.if_unknown == IfUnknown::defer;
}

// The first enforced rule that fires ends the walk; a monitored one is noted and passed by. After an accept
// only rules that are `always` are looked at.
class Walk {
 public:
  Walk(const Policy& policy, const FactSet& facts, Stage moment)
      : policy_(policy), facts_(facts), moment_(moment) {
    verdict_.trace.reserve(policy.rules.size());
  }

  // True once no later rule can matter.
  bool consider(const Rule& rule) {
    if (!is_looked_at(rule)) return false;
    auto evaluation = evaluate(policy_, rule, facts_, missing_);
    const auto truth = evaluation.considered.truth;
    verdict_.trace.push_back(std::move(evaluation.considered));
    if (truth == Truth::no || truth == Truth::not_asked) return false;
    const bool doubt = truth == Truth::unknown;
    if (doubt && !defers_in_doubt(rule, evaluation)) return skip(rule, evaluation);
    if (rule.mode == Mode::enforce && rule.action == Action::reject && !doubt)
      if (const auto* open = open_before(rule)) return defer(*open->rule, *open->doubtful);
    if (rule.mode == Mode::monitor) return note(rule, evaluation, doubt);
    if (doubt) return defer(rule, *evaluation.doubtful);
    verdict_.action = rule.action;
    verdict_.rule = rule.id;
    verdict_.reason = rule.reason;
    return rule.refuses() || !has_always();
  }

  Step end() && {
    if (!missing_.empty()) return Need{{missing_.begin(), missing_.end()}};
    return std::move(verdict_);
  }

 private:
  // A skipped rule that would have accepted or deferred, had the answer been there: a later rule must not
  // refuse for good what it may have let in.
  struct Open {
    const Rule* rule = nullptr;
    const Condition* doubtful = nullptr;
  };

  bool is_looked_at(const Rule& rule) const {
    if (verdict_.action == Action::accept && !(rule.always && rule.refuses())) return false;
    if (moment_of(rule.stage) == moment_) return true;
    // Of a client that is never split an accept of rcpt counts if it holds for all recipients; where they
    // differ, it is not known to.
    return moment_ == Stage::message && rule.action == Action::accept && !facts_.flag(kMixed);
  }

  bool has_always() const {
    return std::any_of(policy_.rules.begin(), policy_.rules.end(),
                       [](const Rule& rule) { return rule.always; });
  }

  bool skip(const Rule& rule, const Evaluation& evaluation) {
    if (rule.mode != Mode::enforce || rule.action == Action::reject) return false;
    auto& open = rule.action == Action::accept ? open_accept_ : open_defer_;
    if (!open.rule) open = {&rule, evaluation.doubtful};
    return false;
  }

  // A skipped rule that may have ended the walk before this one; null: none. An accept does not end it for a
  // rule that is looked at always.
  const Open* open_before(const Rule& rule) const {
    if (open_accept_.rule && !rule.always) return &open_accept_;
    return open_defer_.rule ? &open_defer_ : nullptr;
  }

  bool note(const Rule& rule, const Evaluation& evaluation, bool doubt) {
    verdict_.monitored.push_back({rule.id, doubt ? Action::defer : rule.action,
                                  doubt ? evaluation.doubtful->doubt_reason : rule.reason});
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
  Stage moment_;
  Open open_accept_, open_defer_;  // the first skipped ones
  std::set<std::string> missing_;
  Verdict verdict_;
};

// One message can have one answer only (after DATA). Recipients whom the rules of its end treat differently come in
// transactions of their own: the later kind is told to come again, none is dropped.
Verdict split() {
  Verdict verdict;
  verdict.action = Action::defer;
  verdict.rule = verdict.reason = std::string(kSplit);
  return verdict;
}

}  // namespace

Truth holds(const Condition& condition, const FactSet& facts) {
  const auto* value = facts.value(condition.path);
  if (!value && condition.nobody_to_ask) return unasked(condition);
  if (!value) return facts.why_none_of(condition.path.group()) ? Truth::unknown : Truth::not_asked;
  if (std::holds_alternative<Unavailable>(*value)) return Truth::unknown;
  const auto* part = std::get_if<InPart>(value);
  const auto truth = part ? in_part(condition, *part)
                          : (std::visit(Passes{condition.test}, *value) ? Truth::yes : Truth::no);
  return condition.negated ? negated(truth) : truth;
}

Step decide(const Policy& policy, const FactSet& facts, Stage moment) {
  if (moment == Stage::rcpt && facts.flag(kIsSplit)) return split();
  Walk walk(policy, facts, moment);
  for (const auto& rule : policy.rules)
    if (walk.consider(rule)) break;
  return std::move(walk).end();
}

}  // namespace policy
