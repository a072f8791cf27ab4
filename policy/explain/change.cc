#include "policy/explain/change.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/explain/cause.h"
#include "policy/explain/values.h"
#include "policy/explain/words.h"
#include "policy/record/rederive.h"

namespace policy {
namespace {

constexpr std::string_view kRelayControl = "relay-denied";

// The rule that an explanation turns about: the one that decided, or the first that would have.
std::string deciding_rule(const Verdict& verdict) {
  if (!verdict.rule.empty()) return verdict.rule;
  return verdict.monitored.empty() ? "" : verdict.monitored.front().rule;
}

bool same_outcome(const Verdict& a, const Step& step) {
  const auto* b = std::get_if<Verdict>(&step);
  return b && a.action == b->action && a.rule == b->rule && a.reason == b->reason &&
         a.monitored == b->monitored;
}

// An alternative in the making: its words, and those of others with the same outcome.
struct Turned {
  Alternative::Of of;
  std::string subject;
  std::vector<std::string> words;
  Step then;
};

class Trial {
 public:
  Trial(const Record& record, const Policy& policy, const Schema& schema)
      : record_(record),
        policy_(policy),
        schema_(schema),
        derived_(schema),
        host_(host_of(record, policy)),
        moment_(moment_of(record.stage)),
        observed_(rederived(record, policy, derived_)) {}

  std::vector<Alternative> run() {
    const auto step = decide(policy_, facts(), moment_);
    const auto* base = std::get_if<Verdict>(&step);
    if (!base) return {};
    base_ = *base;
    if (const auto* rule = policy_.rule(deciding_rule(base_))) {
      for (const auto& condition : rule->when) turn(condition, Truth::no);
      for (const auto& condition : rule->when)
        if (holds(condition, facts()) == Truth::unknown) turn(condition, Truth::yes);
      change_rule(*rule);
      change_exceptions(*rule);
    } else if (base_.rule == kSplit) {
      unsplit();
    } else {
      near_misses();
    }
    drop_exceptions();
    return std::move(found_);
  }

 private:
  const FactSet& facts() const { return observed_.facts; }

  void add(Alternative::Of of, std::string if_what, Step then) {
    const bool again =
        std::any_of(found_.begin(), found_.end(), [&](const auto& one) { return one.if_what == if_what; });
    if (!again && !same_outcome(base_, then)) found_.push_back({of, std::move(if_what), std::move(then)});
  }

  // A record of version 1 has nothing to derive from: its derived facts stay.
  FactSet facts_in(const Observed& observed, const Policy& policy) const {
    return record_.v == 1 ? observed.facts : derived_anew(observed, policy, host_, derived_).facts;
  }

  std::vector<Cause> causes(const Condition& condition) const {
    if (!derived_.contains(condition.path)) return observations(condition);
    if (record_.v == 1) return {};
    return causes_of(condition, observed_, policy_, host_, schema_);
  }

  std::vector<Cause> observations(const Condition& condition) const {
    std::vector<Cause> out;
    for (auto& candidate : candidates(condition, facts(), schema_)) {
      auto& one = out.emplace_back(Cause{.subject = std::string(condition.path) + " had been",
                                         .word = std::move(candidate.words),
                                         .observed = observed_,
                                         .policy = policy_});
      one.observed.facts.put(condition.path, std::move(candidate.value));
    }
    return out;
  }

  // What would give a condition this truth, the words of the same outcome in one sentence.
  void turn(const Condition& condition, Truth wanted) {
    std::vector<Turned> all;
    for (auto& cause : causes(condition)) {
      const auto changed = facts_in(cause.observed, cause.policy);
      if (holds(condition, changed) != wanted) continue;
      auto then = decide(cause.policy, changed, moment_);
      const auto alike = std::find_if(all.begin(), all.end(), [&](const Turned& known) {
        return known.subject == cause.subject && to_text(known.then) == to_text(then);
      });
      if (alike == all.end())
        all.push_back({cause.of == Cause::Of::policy ? Alternative::Of::policy : Alternative::Of::fact,
                       cause.subject,
                       {cause.word},
                       std::move(then)});
      else if (!std::holds_alternative<Compares>(condition.test))  // of numbers the nearest is enough
        alike->words.push_back(cause.word);
    }
    for (auto& [of, subject, words, then] : all)
      add(of, fmt::format("{} {}", subject, either(words)), std::move(then));
  }

  void unsplit() {
    if (record_.v == 1) return;
    auto alone = observed_;
    alone.accepted.clear();
    add(Alternative::Of::fact, "it had come in a transaction of its own",
        decide(policy_, facts_in(alone, policy_), moment_));
  }

  template <class F>
  Step decide_with(F change) const {
    auto other = policy_;
    change(other);
    return decide(other, facts_in(observed_, other), moment_);
  }

  template <class F>
  void with_rule(const std::string& id, std::string if_what, F change) {
    Step then = decide_with([&](Policy& policy) {
      for (auto& rule : policy.rules)
        if (rule.id == id) change(rule);
    });
    add(Alternative::Of::rule, std::move(if_what), std::move(then));
  }

  void change_rule(const Rule& rule) {
    if (rule.mode == Mode::monitor)
      with_rule(rule.id, fmt::format("rule {} were enforced", rule.id),
                [](Rule& one) { one.mode = Mode::enforce; });
    else if (rule.action != Action::accept)
      with_rule(rule.id, fmt::format("rule {} were in monitor mode", rule.id),
                [](Rule& one) { one.mode = Mode::monitor; });
    if (!base_.unknown.empty())
      with_rule(rule.id, fmt::format("rule {} said if_unknown: skip", rule.id),
                [](Rule& one) { one.if_unknown = IfUnknown::skip; });
    if (rule.action == Action::accept)
      add(Alternative::Of::rule, fmt::format("there were no rule {}", rule.id),
          decide_with([&](Policy& policy) {
            std::erase_if(policy.rules, [&](const Rule& one) { return one.id == rule.id; });
          }));
  }

  void change_exceptions(const Rule& rule) {
    if (rule.action == Action::accept || rule.reason == kRelayControl) return;
    for (std::size_t i = 0; i < policy_.exceptions.size(); ++i) nearly_excepted(i);
    const auto client = Network::parse(record_.client_ip);
    if (!client) return;
    const auto proposed =
        fmt::format("an exception for client.ip {} skipped rule {}", record_.client_ip, rule.id);
    add(Alternative::Of::exception, proposed, decide_with([&](Policy& policy) {
          const Condition from_here{.path = "client.ip", .check = "client", .test = InNetworks{{*client}}};
          policy.exceptions.push_back({.id = "proposed", .when = {from_here}, .skip = {rule.id}});
        }));
  }

  // An exception that one condition kept from applying.
  void nearly_excepted(std::size_t index) {
    const auto& exception = policy_.exceptions[index];
    const auto not_held = [&](const Condition& c) { return holds(c, facts()) != Truth::yes; };
    if (std::count_if(exception.when.begin(), exception.when.end(), not_held) != 1) return;
    const auto& condition = *std::find_if(exception.when.begin(), exception.when.end(), not_held);
    add(Alternative::Of::exception,
        fmt::format("exception {} had applied, which asks that {}", exception.id, to_text(condition)),
        decide_with([&](Policy& policy) { std::erase_if(policy.exceptions[index].when, not_held); }));
  }

  void drop_exceptions() {
    for (const auto& id : base_.exceptions())
      add(Alternative::Of::exception, fmt::format("there were no exception {}", id),
          decide_with([&](Policy& policy) {
            std::erase_if(policy.exceptions, [&](const Exception& one) { return one.id == id; });
          }));
  }

  void near_misses() {
    for (const auto& rule : policy_.rules) {
      if (moment_of(rule.stage) != moment_ || found_.size() >= kMostNearMisses) continue;
      if (rule.reason == kRelayControl) continue;  // it kept out of any mail for us by one fact
      const auto kept_out = [&](const Condition& c) { return holds(c, facts()) != Truth::yes; };
      if (std::count_if(rule.when.begin(), rule.when.end(), kept_out) == 1)
        turn(*std::find_if(rule.when.begin(), rule.when.end(), kept_out), Truth::yes);
    }
    if (found_.size() > kMostNearMisses) found_.resize(kMostNearMisses);
  }

  const Record& record_;
  const Policy& policy_;
  const Schema& schema_;
  DerivedFields derived_;
  Host host_;
  Stage moment_;
  Observed observed_;  // with the facts as the policy derives them
  Verdict base_;
  std::vector<Alternative> found_;
};

}  // namespace

std::string_view to_text(Alternative::Of of) {
  switch (of) {
    case Alternative::Of::fact:
      return "fact";
    case Alternative::Of::policy:
      return "policy";
    case Alternative::Of::rule:
      return "rule";
    case Alternative::Of::exception:
      return "exception";
  }
  return "?";
}

std::vector<Alternative> alternatives(const Record& record, const Policy& policy, const Schema& schema) {
  return Trial(record, policy, schema).run();
}

}  // namespace policy
