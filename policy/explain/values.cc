#include "policy/explain/values.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/explain/words.h"

namespace policy {
namespace {

std::vector<Candidate> numbers(const Compares& test, const FactSet& facts, FieldPath path) {
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

std::vector<Candidate> lists(const Condition& condition, const FactSet& facts) {
  const auto* value = facts.value(condition.path);
  const auto* now = value ? std::get_if<TextList>(value) : nullptr;
  std::vector<Candidate> out{{TextList{}, "empty"}};
  for (const auto& text : texts_passing(condition.test)) {
    auto longer = now ? *now : TextList{};
    longer.push_back(text);
    out.push_back({std::move(longer), "one with " + printable(text)});
  }
  return out;
}

std::vector<Candidate> texts(const Condition& condition, const FieldDoc& field) {
  std::vector<Candidate> out;
  for (const auto word : field.words()) out.push_back({std::string(word), std::string(word)});
  if (!out.empty()) return out;
  for (const auto& text : texts_passing(condition.test))
    out.push_back({text, text.empty() ? "empty" : printable(text)});
  out.push_back({std::string(kSomethingElse), "something else"});
  return out;
}

}  // namespace

std::vector<std::string> texts_passing(const Test& test) {
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

}  // namespace policy
