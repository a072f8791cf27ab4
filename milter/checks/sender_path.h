// The form of an envelope sender, without DNS. Pure; any thread.
#pragma once
#include <string>

#include "milter/mail/domain_form.h"
#include "milter/mail/path.h"

namespace milter {

// What is wrong with it; "" if nothing is, and for the null sender.
inline std::string sender_syntax(const Path& path) {
  if (path.null) return "";
  if (!path.problem.empty()) return path.problem;
  if (path.literal) return "";
  if (path.domain.find('.') == std::string::npos) return "domain is not fully qualified";
  return to_a_labels(path.domain).empty() ? "domain is no name for DNS" : "";
}

}  // namespace milter
