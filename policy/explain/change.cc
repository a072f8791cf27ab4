#include "policy/explain/change.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/explain/words.h"

namespace policy {
namespace {

constexpr std::string_view kRelayControl = "relay-denied";
// Stands for any value that no test of the policy names.
constexpr std::string_view kSomethingElse = "(something else)";

// A value that a fact could have had, and how one says so.
struct Candidate {
  Value value;
  std::string words;
};

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

std::vector<Candidate> numbers(const Compares& test, const FactSet& facts, const std::string& path) {
  const auto* value = facts.value(path);
  const auto* now = value ? std::get_if<std::int64_t>(value) : nullptr;
  std::vector<Candidate> out;
  for (const auto number : {test.number - 1, test.number, test.number + 1}) {
    const auto* more = now && number > *now ? " or more" : " or less";
    const bool exact = !now || test.op == Compares::Op::equal;
    out.push_back({number, fmt::format("{}{}", number, exact ? "" : more)});
  }
  // The smallest step first: only it is said.
  if (now)
    std::stable_sort(out.begin(), out.end(), [&](const Candidate& a, const Candidate& b) {
      const auto distance = [&](const Candidate& c) {
        return std::abs(std::get<std::int64_t>(c.value) - *now);
      };
      return distance(a) < distance(b);
    });
  return out;
}

// Texts that pass a test, one of each kind of thing it names.
std::vector<std::string> texts_of(const Test& test) {
  if (const auto* one_of = std::get_if<OneOf>(&test)) return one_of->texts;
  if (const auto* domains = std::get_if<MatchesDomains>(&test)) {
    auto out = domains->patterns;
    for (auto& pattern : out)
      if (pattern.starts_with("*.")) pattern.replace(0, 1, "any");
    return out;
  }
  if (const auto* networks = std::get_if<InNetworks>(&test))
    if (!networks->networks.empty()) {
      const auto text = networks->networks.front().text();
      return {text.substr(0, text.find('/'))};
    }
  return {};
}

std::vector<Candidate> lists(const Condition& condition, const FactSet& facts) {
  const auto* value = facts.value(condition.path);
  const auto* now = value ? std::get_if<TextList>(value) : nullptr;
  std::vector<Candidate> out{{TextList{}, "empty"}};
  for (const auto& text : texts_of(condition.test)) {
    auto longer = now ? *now : TextList{};
    longer.push_back(text);
    out.push_back({std::move(longer), "one with " + printable(text)});
  }
  return out;
}

std::vector<Candidate> texts(const Condition& condition, const FieldDoc& field) {
  std::vector<Candidate> out;
  for (const auto word : field.words())
    if (word != field.traits.doubt) out.push_back({std::string(word), std::string(word)});
  if (!out.empty()) return out;
  for (const auto& text : texts_of(condition.test))
    out.push_back({text, text.empty() ? "empty" : printable(text)});
  out.push_back({std::string(kSomethingElse), "something else"});
  return out;
}

std::vector<Candidate> candidates(const Condition& condition, const FactSet& facts, const Schema& schema) {
  const auto* field = schema.find(condition.path).field;
  if (!field) return {};
  if (field->many) return lists(condition, facts);
  if (const auto* flag = std::get_if<IsFlag>(&condition.test))
    return {{flag->value, flag->value ? "true" : "false"}, {!flag->value, flag->value ? "false" : "true"}};
  if (const auto* compares = std::get_if<Compares>(&condition.test))
    return numbers(*compares, facts, condition.path);
  return texts(condition, *field);
}

FactSet with(FactSet facts, const std::string& path, Value value) {
  facts.put(group_of(path), Fields{{std::string(field_of(path)), std::move(value)}});
  return facts;
}

class Trial {
 public:
  Trial(const Record& record, const Policy& policy, const Schema& schema)
      : record_(record), policy_(policy), schema_(schema), moment_(moment_of(record.stage)) {}

  std::vector<Alternative> run() {
    const auto step = decide(policy_, record_.facts, moment_);
    const auto* base = std::get_if<Verdict>(&step);
    if (!base) return {};
    base_ = *base;
    if (const auto* rule = policy_.rule(deciding_rule(base_))) {
      for (const auto& condition : rule->when) turn(condition, Truth::no);
      for (const auto& condition : rule->when)
        if (holds(condition, record_.facts) == Truth::unknown) turn(condition, Truth::yes);
      change_rule(*rule);
      change_exceptions(*rule);
    } else {
      near_misses();
    }
    drop_exceptions();
    return std::move(found_);
  }

 private:
  void add(Alternative::Of of, std::string if_what, Step then) {
    if (!same_outcome(base_, then)) found_.push_back({of, std::move(if_what), std::move(then)});
  }

  // The values of one fact that give a condition this truth, those of the same outcome in one sentence.
  void turn(const Condition& condition, Truth wanted) {
    std::vector<std::pair<std::vector<std::string>, Step>> outcomes;
    for (auto& candidate : candidates(condition, record_.facts, schema_)) {
      const auto facts = with(record_.facts, condition.path, std::move(candidate.value));
      if (holds(condition, facts) != wanted) continue;
      auto then = decide(policy_, facts, moment_);
      const auto alike = std::find_if(outcomes.begin(), outcomes.end(), [&](const auto& known) {
        return to_text(known.second) == to_text(then);
      });
      if (alike != outcomes.end() && std::holds_alternative<Compares>(condition.test)) continue;
      if (alike != outcomes.end())
        alike->first.push_back(candidate.words);
      else
        outcomes.emplace_back(std::vector{candidate.words}, std::move(then));
    }
    for (auto& [words, then] : outcomes)
      add(Alternative::Of::fact, fmt::format("{} had been {}", condition.path, either(words)),
          std::move(then));
  }

  template <class F>
  Step decide_with(F change) const {
    auto other = policy_;
    change(other);
    return decide(other, record_.facts, moment_);
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
    const auto not_held = [&](const Condition& c) { return holds(c, record_.facts) != Truth::yes; };
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
      const auto kept_out = [&](const Condition& c) { return holds(c, record_.facts) != Truth::yes; };
      if (std::count_if(rule.when.begin(), rule.when.end(), kept_out) == 1)
        turn(*std::find_if(rule.when.begin(), rule.when.end(), kept_out), Truth::yes);
    }
    if (found_.size() > kMostNearMisses) found_.resize(kMostNearMisses);
  }

  const Record& record_;
  const Policy& policy_;
  const Schema& schema_;
  Stage moment_;
  Verdict base_;
  std::vector<Alternative> found_;
};

}  // namespace

std::string_view to_text(Alternative::Of of) {
  switch (of) {
    case Alternative::Of::fact:
      return "fact";
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
