#include "milter/recipients/status.h"

#include <array>

#include "policy/text.h"

namespace milter {
namespace {

constexpr std::array<std::string_view, 5> kWords{"known", "unknown", "full", "disabled", "maintenance"};

}  // namespace

std::string_view to_text(Status status) { return kWords[static_cast<std::size_t>(status)]; }

std::optional<Status> parse_status(std::string_view word) {
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (policy::same_name(word, kWords[i])) return static_cast<Status>(i);
  return std::nullopt;
}

}  // namespace milter
