#include "policy/verdict.h"

#include <algorithm>

namespace policy {

std::vector<std::string> Verdict::exceptions() const {
  std::vector<std::string> out;
  for (const auto& considered : trace)
    if (!considered.exception.empty() && std::find(out.begin(), out.end(), considered.exception) == out.end())
      out.push_back(considered.exception);
  return out;
}

std::string_view to_text(Truth truth) {
  switch (truth) {
    case Truth::no:
      return "no";
    case Truth::yes:
      return "yes";
    case Truth::unknown:
      return "unknown";
    case Truth::not_asked:
      return "not asked";
  }
  return "?";
}

}  // namespace policy
