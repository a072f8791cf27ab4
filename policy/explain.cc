#include "policy/explain.h"

#include <fmt/format.h>

#include <algorithm>

namespace policy {
namespace {

std::string words(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& word : list)
    out += fmt::format("{}{}", out.empty() ? "" : " or ", word.empty() ? "\"\"" : word);
  return out;
}

struct TestAloud {
  bool negated;

  std::string operator()(const IsFlag& test) const { return test.value != negated ? "is true" : "is false"; }
  std::string operator()(const OneOf& test) const { return is() + words(test.texts); }
  std::string operator()(const MatchesDomains& test) const { return is() + words(test.patterns); }
  std::string operator()(const InNetworks& test) const {
    std::vector<std::string> texts;
    for (const auto& network : test.networks) texts.push_back(network.text());
    return (negated ? "is not in " : "is in ") + words(texts);
  }
  std::string operator()(const Compares& test) const {
    constexpr std::string_view kSigns[]{"<", "<=", "=", ">=", ">"};
    return fmt::format("{}{} {}", negated ? "is not " : "", kSigns[static_cast<std::size_t>(test.op)],
                       test.number);
  }
  std::string is() const { return negated ? "is not " : "is "; }
};

std::string place_of(const Rule* rule) {
  return rule ? fmt::format(" at {}:{}", rule->at.file, rule->at.line) : "";
}

std::string value_of(const FactSet& facts, std::string_view path) {
  const auto* fact = facts.find(group_of(path));
  if (fact && std::holds_alternative<Unavailable>(*fact))
    return fmt::format("unknown ({})", std::get<Unavailable>(*fact).reason);
  const auto* value = facts.value(path);
  if (!value) return "not asked";
  if (const auto* why = std::get_if<Unavailable>(value)) return fmt::format("unknown ({})", why->reason);
  const auto text = to_text(*value);
  return text.empty() ? "\"\"" : text;
}

// Why one rule did or did not apply.
std::string considered_line(const Considered& considered, const FactSet& facts) {
  if (!considered.exception.empty() && considered.truth == Truth::no)
    return fmt::format("  {:<24} passed by: exception {}", considered.rule, considered.exception);
  if (considered.truth == Truth::yes)
    return fmt::format("  {:<24} applies: all conditions hold", considered.rule);
  const auto why = fmt::format("{} is {}", considered.path, value_of(facts, considered.path));
  if (considered.truth == Truth::no) return fmt::format("  {:<24} does not apply: {}", considered.rule, why);
  return fmt::format("  {:<24} undecided: {}", considered.rule, why);
}

void explain_decision(const Record& record, const Policy* policy, std::string& out) {
  const auto* rule = policy ? policy->rule(record.rule) : nullptr;
  out += fmt::format("  decision {}", to_text(record.event));
  if (record.code) out += fmt::format(" ({} {})", *record.code, record.enhanced);
  out += fmt::format("\n  ref      {}\n", record.ref);
  if (!record.reason.empty()) out += fmt::format("  reason   {}\n", record.reason);
  if (record.rule.empty())
    out += "  rule     none applied\n";
  else
    out += fmt::format("  rule     {}{}\n", record.rule, place_of(rule));
  if (!record.verdict.unknown.empty())
    out += fmt::format("  since    {} is {}\n", record.verdict.unknown,
                       value_of(record.facts, record.verdict.unknown));
  if (!record.actor.empty() && record.actor != "none") out += fmt::format("  to act   {}\n", record.actor);
}

void explain_facts(const FactSet& facts, std::string& out) {
  out += "facts\n";
  for (const auto& [group, fact] : facts.all()) {
    if (const auto* why = std::get_if<Unavailable>(&fact))
      out += fmt::format("  {:<24} unknown: {}\n", group, why->reason);
    const auto* fields = std::get_if<Fields>(&fact);
    if (!fields) continue;
    for (const auto& [name, value] : *fields)
      out += fmt::format("  {:<24} {}\n", group + "." + name, value_of(facts, group + "." + name));
  }
}

}  // namespace

std::string to_text(const Condition& condition) {
  return condition.path + " " + std::visit(TestAloud{condition.negated}, condition.test);
}

std::string explain(const Record& record, const Policy* policy, const Catalogue* catalogue) {
  std::string out = fmt::format("{} at {}: {} [{}] from <{}> to <{}>\n", record.ts, to_text(record.stage),
                                record.client_name.empty() ? "client" : record.client_name, record.client_ip,
                                record.mail_from.value_or(""), fmt::join(record.rcpt, ">, <"));
  explain_decision(record, policy, out);
  if (record.mode == Mode::monitor && !record.reply.empty())
    for (const auto& line : record.reply)
      out += fmt::format("  would say {} {} {}\n", *record.code, record.enhanced, line);
  out += "rules considered, in order\n";
  for (const auto& considered : record.verdict.trace) out += considered_line(considered, record.facts) + '\n';
  explain_facts(record.facts, out);
  if (catalogue && catalogue->contains(record.reason)) {
    const auto& help = catalogue->find(record.reason)->second.help;
    if (!help.empty()) out += "what it means\n  " + help + '\n';
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace policy
