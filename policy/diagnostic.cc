#include "policy/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

namespace policy {

std::string to_text(const Diagnostic& diagnostic) {
  const auto& [severity, at, message, suggestion] = diagnostic;
  return fmt::format("{}:{}:{}: {}: {}{}", at.file, at.line, at.column,
                     severity == Severity::error ? "error" : "warning", message,
                     suggestion.empty() ? "" : fmt::format("; did you mean {}?", suggestion));
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

}  // namespace policy
