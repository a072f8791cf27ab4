#include "policy/load/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "policy/codes.h"
#include "policy/derive_lists.h"
#include "policy/domain.h"
#include "policy/load/loading.h"
#include "policy/load/value.h"
#include "policy/nearest.h"

namespace policy {
namespace {

// A fact of one recipient: when the message ends, there may be many.
constexpr std::string_view kPerRecipient = "recipient";

constexpr std::array<std::pair<std::string_view, Compares::Op>, 6> kOperators{{
    {"<=", Compares::Op::at_most},
    {">=", Compares::Op::at_least},
    {"==", Compares::Op::equal},
    {"<", Compares::Op::less},
    {">", Compares::Op::more},
    {"=", Compares::Op::equal},
}};

std::optional<Compares> comparison(std::string_view text) {
  for (const auto& [sign, op] : kOperators) {
    if (!text.starts_with(sign)) continue;
    text.remove_prefix(sign.size());
    while (text.starts_with(' ')) text.remove_prefix(1);
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return Compares{op, number};
  }
  return std::nullopt;
}

// The texts that a mailbox fact may equal: whole addresses, or "" for the null sender. A domain alone has a
// fact of its own.
bool is_mailbox(const YamlValue& value, std::string_view path, const Loading& loading) {
  const auto text = value.text();
  const auto at = text.rfind('@');
  if (text.empty() || (at != std::string::npos && at > 0 && is_host_name(normal_name(text.substr(at + 1)))))
    return true;
  const auto domain_path = std::string(group_of(path)) + ".domain";
  const bool has_domain = loading.schema.find(domain_path).field;
  loading.findings.error(
      value.at(),
      fmt::format("expected an address such as user@example.net for {}, read {}{}", path, value.described(),
                  has_domain ? fmt::format("; for whole domains ask {}", domain_path) : ""));
  return false;
}

// One field's tests, from a scalar or a list of them.
class TestReader {
 public:
  TestReader(std::string_view path, const FieldDoc& field, const Loading& loading)
      : path_(path), field_(field), loading_(loading) {}

  std::optional<Test> read(const YamlValue& value) const {
    switch (field_.traits.kind) {
      case Kind::flag:
        return flag(value);
      case Kind::number:
        return number(value);
      case Kind::address:
        return collect<InNetworks>(value, [&](const YamlValue& v) { return read_network(v, findings()); });
      case Kind::domain:
        return collect<MatchesDomains>(value, [&](const YamlValue& v) { return domain(v); });
      case Kind::word:
      case Kind::mailbox:
      case Kind::text:
        return collect<OneOf>(value, [&](const YamlValue& v) { return text(v); });
    }
    return std::nullopt;
  }

 private:
  Findings& findings() const { return loading_.findings; }

  void expected(const YamlValue& value, std::string_view what) const {
    findings().error(value.at(), fmt::format("expected {} for {}, read {}", what, path_, value.described()));
  }

  std::optional<Test> flag(const YamlValue& value) const {
    const auto flag = read_flag(value, findings());
    return flag ? std::optional<Test>(IsFlag{*flag}) : std::nullopt;
  }

  std::optional<Test> number(const YamlValue& value) const {
    if (const auto exact = value.number()) return Compares{Compares::Op::equal, *exact};
    if (const auto compares = comparison(value.text())) return *compares;
    expected(value, "a number or a comparison such as \">= 8\"");
    return std::nullopt;
  }

  // "" is the name that is not there (the null sender's domain); "[192.0.2.1]" a HELO by address.
  std::optional<std::string> domain(const YamlValue& value) const {
    const auto text = value.text();
    const bool literal = text.starts_with('[') && text.ends_with(']') &&
                         Address::parse(std::string_view(text).substr(1, text.size() - 2));
    if (value.is_scalar() && (text.empty() || literal)) return text;
    return read_pattern(value, findings());
  }

  std::optional<std::string> text(const YamlValue& value) const {
    const auto words = field_.words();
    if (!value.is_scalar() || value.flag()) {
      expected(value, words.empty() ? "a text or a list of texts" : one_of(words));
      return std::nullopt;
    }
    if (!words.empty()) return read_word(value, words, findings());
    if (field_.traits.kind == Kind::mailbox && !is_mailbox(value, path_, loading_)) return std::nullopt;
    return value.text();
  }

  template <class T, class Read>
  std::optional<Test> collect(const YamlValue& value, Read read) const {
    T test;
    auto& [all] = test;
    if (value.is_list() && value.items().empty()) {
      findings().error(value.at(),
                       fmt::format("an empty list for {}: no mail can ever pass this test", path_));
      return std::nullopt;
    }
    for (const auto& item : value.is_list() ? value.items() : std::vector{value})
      if (auto one = read(item)) all.push_back(std::move(*one));
    return all.empty() ? std::nullopt : std::optional<Test>(std::move(test));
  }

  std::string_view path_;
  const FieldDoc& field_;
  const Loading& loading_;
};

Condition condition_on(std::string_view path, const PathDoc& doc, ReadTest read, const Place& at) {
  Condition condition{.path = std::string(path),
                      .check = std::string(doc.check->name),
                      .test = std::move(read.test),
                      .negated = read.negated,
                      .doubt_reason = std::string(doc.check->doubt_reason),
                      .at = at};
  // {not: true} is false: later looks at flags need not think of it.
  if (auto* flag = std::get_if<IsFlag>(&condition.test); flag && condition.negated) {
    flag->value = !flag->value;
    condition.negated = false;
  }
  return condition;
}

// The facts of the same check that a rule can ask for.
std::vector<std::string> askable_paths(const CheckDoc& check) {
  std::vector<std::string> out;
  for (const auto& field : check.fields)
    if (!field.traits.evidence) out.push_back(fmt::format("{}.{}", check.group, field.name));
  return out;
}

std::optional<Condition> read_condition(const YamlValue& key, const YamlValue& value,
                                        const Loading& loading) {
  const auto path = key.text();
  const auto doc = loading.schema.find(path);
  if (!doc.field) {
    loading.findings.error(key.at(), fmt::format("there is no fact \"{}\"", path),
                           nearest(path, loading.schema.paths()));
    return std::nullopt;
  }
  if (doc.field->traits.evidence) {
    loading.findings.error(
        key.at(), fmt::format("{} only explains, for replies and the log: no rule can ask for it", path),
        nearest(path, askable_paths(*doc.check)));
    return std::nullopt;
  }
  auto test = read_test(value, path, *doc.field, loading);
  return test ? std::optional(condition_on(path, doc, std::move(*test), key.at())) : std::nullopt;
}

}  // namespace

std::optional<ReadTest> read_test(const YamlValue& value, std::string_view path, const FieldDoc& field,
                                  const Loading& loading) {
  const TestReader reader(path, field, loading);
  if (!value.is_mapping()) {
    auto test = reader.read(value);
    return test ? std::optional<ReadTest>({std::move(*test), false}) : std::nullopt;
  }
  constexpr std::array<std::string_view, 1> keys{"not"};
  const YamlMapping mapping(value, fmt::format("the test of {}", path), keys, loading.findings);
  if (!mapping.require({"not"})) return std::nullopt;
  auto test = reader.read(*mapping.find("not"));
  return test ? std::optional<ReadTest>({std::move(*test), true}) : std::nullopt;
}

std::vector<Condition> read_conditions(const YamlMapping& owner, const Loading& loading) {
  std::vector<Condition> out;
  const auto when = owner.find("when");
  if (!when) return out;
  if (!when->is_mapping())
    loading.findings.error(when->at(),
                           fmt::format("expected a mapping of facts for when, read {}", when->described()));
  for (const auto& [key, value] : when->entries()) {
    auto condition = read_condition(key, value, loading);
    if (!condition) continue;
    const bool again = std::any_of(out.begin(), out.end(),
                                   [&](const Condition& earlier) { return earlier.path == condition->path; });
    if (again)
      loading.findings.error(key.at(), fmt::format("{} is given twice: list its values in one", key.text()));
    else
      out.push_back(std::move(*condition));
  }
  return out;
}

std::optional<Condition> implied(std::string_view path, Test test, const Place& at, const Schema& schema) {
  const auto doc = schema.find(path);
  if (!doc.field) return std::nullopt;
  auto condition = condition_on(path, doc, {std::move(test)}, at);
  condition.implied = true;
  return condition;
}

namespace {

// Whether an answer of this list can matter to a test of this field.
bool matters(const List& list, std::string_view field, const Test& test) {
  if (field == "weight") return heaviest(list) > 0;
  if (field != "codes" && list.allow != (field == "allowed")) return false;
  const auto* texts = std::get_if<OneOf>(&test);
  return texts && std::any_of(texts->texts.begin(), texts->texts.end(), [&](const std::string& text) {
           return same_name(field == "codes" ? text.substr(0, text.find('=')) : text, list.id);
         });
}

}  // namespace

void name_lists(std::vector<Condition>& when, const std::vector<List>& lists, const Schema& schema) {
  for (auto& condition : when) {
    const auto doc = schema.find(condition.path);
    if (!doc.field || !doc.field->traits.lists) continue;
    for (const auto& list : lists)
      if (list.force != Force::off && group_of(list) == doc.check->group &&
          matters(list, doc.field->name, condition.test))
        condition.lists.push_back(list.id);
    condition.nobody_to_ask = condition.lists.empty();
  }
}

std::string too_early(const Condition& condition, Stage stage, const Schema& schema) {
  if (condition.implied) return "";
  const auto* check = schema.check(condition.check);
  if (check && check->since > stage)
    return fmt::format("{} is not known before {}", condition.path, to_text(check->since));
  if (group_of(condition.path) == kPerRecipient && moment_of(stage) == Stage::message)
    return fmt::format("{} is known of one recipient at rcpt, not of a message that may have many",
                       condition.path);
  return "";
}

}  // namespace policy
