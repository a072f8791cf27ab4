#include "policy/explain/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace policy {
namespace {

std::vector<std::string> quoted_if_empty(std::vector<std::string> words) {
  for (auto& word : words)
    if (word.empty()) word = "\"\"";
  return words;
}

struct TestAloud {
  bool negated;

  std::string operator()(const IsFlag& test) const { return test.value != negated ? "is true" : "is false"; }
  std::string operator()(const OneOf& test) const { return is() + either(quoted_if_empty(test.texts)); }
  std::string operator()(const MatchesDomains& test) const { return is() + either(test.patterns); }
  std::string operator()(const InNetworks& test) const {
    std::vector<std::string> texts;
    for (const auto& network : test.networks) texts.push_back(network.text());
    return (negated ? "is not in " : "is in ") + either(texts);
  }
  std::string operator()(const Compares& test) const {
    constexpr std::string_view kSigns[]{"<", "<=", "=", ">=", ">"};
    return fmt::format("{}{} {}", negated ? "is not " : "", kSigns[static_cast<std::size_t>(test.op)],
                       test.number);
  }
  std::string is() const { return negated ? "is not " : "is "; }
};

std::string would(const Monitored& monitored) {
  const auto rule = printable(monitored.rule);
  if (monitored.action == Action::accept) return fmt::format("; rule {}, monitored, would accept it", rule);
  return fmt::format("; rule {}, monitored, would {}: {}", rule,
                     monitored.action == Action::defer ? "defer it" : "refuse it",
                     printable(monitored.reason));
}

// In brackets behind what is not known, with a space before; "" where there is nothing to say.
std::string reason_of(const Unavailable& why) {
  if (why.reason.empty()) return "";
  auto out = printable(why.reason);
  if (why.owner == Owner::client) out += "; the client's own excess";
  if (why.owner == Owner::ours) out += "; trouble of our own";
  if (why.given_up) out += "; given up";
  return fmt::format(" ({})", out);
}

std::string text_of(const InPart& part, const Value& value) {
  auto out = printable(to_text(value)) + reason_of(part.why);
  if (!part.unasked.empty())
    out += fmt::format(" (not asked: {})", printable(fmt::format("{}", fmt::join(part.unasked, ", "))));
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char letter : text.substr(0, kLongestShown)) {
    if (letter >= ' ' && letter <= '~')
      out += letter;
    else
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(letter));
  }
  if (text.size() > kLongestShown) out += "...";
  return out;
}

std::string either(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return out;
}

std::string to_text(const Condition& condition) {
  return std::string(condition.path) + " " + std::visit(TestAloud{condition.negated}, condition.test);
}

std::string value_text(const FactSet& facts, FieldPath path) {
  if (const auto* why = facts.why_none_of(path.group())) return "unknown" + reason_of(*why);
  const auto* value = facts.value(path);
  if (!value) return "not asked";
  if (const auto* why = std::get_if<Unavailable>(value)) return "unknown" + reason_of(*why);
  if (const auto* part = std::get_if<InPart>(value)) return text_of(*part, *value);
  if (const auto* flag = std::get_if<bool>(value)) return *flag ? "true" : "false";  // as policies write it
  const auto* list = std::get_if<TextList>(value);
  if (list && list->empty()) return "(none)";
  const auto text = to_text(*value);
  return text.empty() ? "\"\"" : printable(text);
}

std::string place_text(const Rule& rule) {
  return rule.at.line > 0 ? fmt::format("{}:{}", rule.at.file, rule.at.line) : "(built in)";
}

std::string to_text(const Verdict& verdict) {
  if (verdict.action == Action::reject || verdict.action == Action::defer) {
    const auto what = verdict.action == Action::reject ? "refused" : "deferred";
    auto out = fmt::format("{}: {}", what, printable(verdict.reason));
    return verdict.rule.empty() ? out : out + ", by rule " + printable(verdict.rule);
  }
  std::string out = "accepted";
  if (!verdict.rule.empty()) out += " by rule " + printable(verdict.rule);
  return verdict.monitored.empty() ? out : out + would(verdict.monitored.front());
}

std::string to_text(const Step& step) {
  if (const auto* need = std::get_if<Need>(&step))
    return fmt::format("not known from this record: needs {}", fmt::join(need->checks, ", "));
  return to_text(std::get<Verdict>(step));
}

std::string why(const Considered& considered, const Record& record) {
  const auto& facts = record.observed.facts;
  const auto& monitored = record.verdict.monitored;
  if (!considered.exception.empty() && considered.truth == Truth::no)
    return "passed over: exception " + printable(considered.exception);
  const bool is_monitored = std::any_of(monitored.begin(), monitored.end(),
                                        [&](const Monitored& one) { return one.rule == considered.rule; });
  if (considered.truth == Truth::yes)
    return is_monitored ? "would apply (monitor): all its conditions hold"
                        : "applies: all its conditions hold";
  const auto path = printable(considered.path);
  if (considered.truth == Truth::no)
    return fmt::format("does not apply: {} is {}", path, value_text(facts, considered.path));
  const auto whose =
      considered.exception.empty() ? "" : fmt::format(" of exception {}", printable(considered.exception));
  return fmt::format("could not be decided: {}{} is {}", path, whose, value_text(facts, considered.path));
}

std::string opened_by(const Verdict& verdict) {
  if (verdict.action != Action::defer || verdict.unknown.empty() || verdict.trace.empty()) return "";
  const auto& last = verdict.trace.back();
  if (last.rule == verdict.rule || last.truth != Truth::yes) return "";
  return fmt::format(
      "rule {} would have refused it for good, but rule {} above it, which might have let it in, could "
      "not be decided",
      printable(last.rule), printable(verdict.rule));
}

}  // namespace policy
