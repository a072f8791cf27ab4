// "Did you mean …?": the known word nearest to what was written. Pure.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace policy {

// "" when none is near: more than a third of the letters would have to change.
std::string nearest(std::string_view written, std::span<const std::string> known);

}  // namespace policy
