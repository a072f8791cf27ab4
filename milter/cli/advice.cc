#include "milter/cli/advice.h"

#include <fmt/format.h>

#include <algorithm>

namespace milter {
namespace {

bool controls_relaying(const policy::Policy& policy) {
  return std::any_of(policy.rules.begin(), policy.rules.end(), [](const policy::Rule& rule) {
    return rule.reason == "relay-denied" && rule.mode == policy::Mode::enforce;
  });
}

// Where "accept" stands as the value of a setting called `name` in `line`: "name =
// accept", "{…, name=accept}".
bool accepts(std::string_view line, std::string_view name) {
  const auto at = line.find(name);
  if (at == std::string_view::npos) return false;
  auto rest = line.substr(at + name.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (!rest.starts_with('=')) return false;
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t", 1), rest.size()));
  return rest.starts_with("accept");
}

}  // namespace

std::vector<policy::Diagnostic> advise_on_main_cf(const policy::Source& main_cf,
                                                  const policy::Policy& policy) {
  std::vector<policy::Diagnostic> out;
  if (!controls_relaying(policy)) return out;
  auto rest = main_cf.text;
  for (int number = 1; !rest.empty(); ++number) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with('#') || !accepts(line, "default_action")) continue;
    out.push_back(
        {policy::Severity::warning,
         {main_cf.file, number, 1},
         "Postfix accepts mail unfiltered when the filter is down, and this policy does the relay control: "
         "that is an open relay just then; use tempfail",
         ""});
  }
  return out;
}

std::vector<policy::Diagnostic> advise_on_exceptions(const policy::Policy& policy,
                                                     const std::set<std::string>& used) {
  std::vector<policy::Diagnostic> out;
  for (const auto& exception : policy.exceptions)
    if (!used.contains(exception.id))
      out.push_back(
          {policy::Severity::warning, exception.at,
           fmt::format("exception \"{}\" let no mail of this log pass: is it still needed?", exception.id),
           ""});
  return out;
}

}  // namespace milter
