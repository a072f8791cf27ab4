// How a mapping's keys are described. Each table stands beside its reader: what the loader accepts and what
// the JSON Schema says both come from it.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace policy {

// One key of a mapping. `schema` is the JSON Schema of its value, as JSON text; $defs are
// those of policy/schemas/parts.h.
struct KeyDoc {
  std::string_view name, doc, schema;
};

template <std::size_t N>
constexpr std::array<std::string_view, N> names(const std::array<KeyDoc, N>& keys) {
  std::array<std::string_view, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = keys[i].name;
  return out;
}

inline constexpr std::string_view kText = R"({"type":"string"})";

inline constexpr std::int64_t kMostWeight = 1000;    // far above any sum of listings that makes sense
inline constexpr std::size_t kLongestHelp = 120;     // "See {help}/{reason} ref={ref}" has 200 octets
inline constexpr std::size_t kLongestContact = 100;  // it shares a reply line of 200 octets with words
inline constexpr std::size_t kLongestId = 64;        // ids stand in every log record

}  // namespace policy
