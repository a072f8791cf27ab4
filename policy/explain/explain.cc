#include "policy/explain/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace policy {
namespace {

std::string recipients(const Record& record) {
  TextList shown;
  for (const auto& rcpt : record.rcpt) shown.push_back(printable(rcpt));
  return fmt::format("{}", fmt::join(shown, ">, <"));
}

std::string rule_text(const std::string& id, const Policy* policy) {
  if (id.empty()) return "none applied";
  if (id == kSplit) return fmt::format("{} {}", id, kSplitAloud);
  const auto* rule = policy ? policy->rule(id) : nullptr;
  return id + (rule ? " at " + place_text(*rule) : "");
}

void explain_decision(const Record& record, const Policy* policy, std::string& out) {
  out += fmt::format("  decision {}", to_text(record.event));
  if (record.code) out += fmt::format(" ({} {})", *record.code, record.enhanced);
  out += fmt::format("\n  ref      {}\n", record.ref);
  if (!record.reason.empty()) out += fmt::format("  reason   {}\n", record.reason);
  out += fmt::format("  rule     {}\n", rule_text(record.verdict.rule, policy));
  if (record.rule != record.verdict.rule && !record.rule.empty())
    out += fmt::format("  monitor  {}\n", rule_text(record.rule, policy));
  if (!record.verdict.unknown.empty())
    out += fmt::format("  since    {} is {}\n", record.verdict.unknown,
                       value_text(record.observed.facts, record.verdict.unknown));
  if (const auto opened = opened_by(record.verdict); !opened.empty())
    out += fmt::format("           {}\n", opened);
  if (!record.actor.empty() && record.actor != "none") out += fmt::format("  to act   {}\n", record.actor);
}

}  // namespace

const Exception* exception_of(const Policy& policy, std::string_view id) {
  const auto it = std::find_if(policy.exceptions.begin(), policy.exceptions.end(),
                               [&](const Exception& one) { return one.id == id; });
  return it == policy.exceptions.end() ? nullptr : &*it;
}

std::vector<std::string> paths_looked_at(const Record& record, const Policy* policy) {
  std::set<std::string> out;
  for (const auto& considered : record.verdict.trace) {
    if (!considered.path.empty()) out.insert(considered.path);
    if (const auto* rule = policy ? policy->rule(considered.rule) : nullptr)
      for (const auto& condition : rule->when) out.emplace(condition.path.text());
    if (const auto* exception = policy ? exception_of(*policy, considered.exception) : nullptr)
      for (const auto& condition : exception->when) out.emplace(condition.path.text());
  }
  return {out.begin(), out.end()};
}

std::string explain(const Record& record, const Policy* policy) {
  auto out = fmt::format("{} at {}: {} [{}] from <{}> to <{}>\n", record.ts, to_text(record.stage),
                         record.client_name.empty() ? "client" : printable(record.client_name),
                         record.client_ip, printable(record.mail_from.value_or("")), recipients(record));
  explain_decision(record, policy, out);
  if (record.mode == Mode::monitor && record.code)
    for (const auto& line : smtp_lines({*record.code, record.enhanced, record.reply}))
      out += fmt::format("  would say {}\n", line);
  out += "rules considered, in order\n";
  for (const auto& considered : record.verdict.trace)
    out += fmt::format("  {:<24} {}\n", considered.rule, why(considered, record));
  out += "facts that they looked at\n";
  for (const auto& path : paths_looked_at(record, policy))
    out += fmt::format("  {:<24} {}\n", path, value_text(record.observed.facts, path));
  out.pop_back();
  return out;
}

}  // namespace policy
