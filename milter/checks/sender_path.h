// The form of an envelope sender, without DNS. Pure; any thread.
#pragma once
#include <string>

#include "policy/domain_form.h"
#include "policy/path.h"

namespace milter {

// What is wrong with it; "" if nothing is, and for the null sender.
inline std::string sender_syntax(const policy::Path& path) {
  if (path.null) return "";
  if (!path.problem.empty()) return path.problem;
  if (path.literal) return "";
  if (path.domain.find('.') == std::string::npos) return "domain is not fully qualified";
  return policy::to_a_labels(path.domain).empty() ? "domain is no name for DNS" : "";
}

}  // namespace milter
