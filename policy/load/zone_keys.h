// The record types of a scripted DNS world: what its reader (milter/dns/zone_parse.h) accepts, and what the
// JSON Schema says.
#pragma once
#include "policy/load/keys.h"

namespace policy {

// A record type: one item, a list of them, or what its lookup ends in.
inline constexpr std::array kZoneKeys{
    KeyDoc{"A", "addresses", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"AAAA", "addresses", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"MX", R"("10 host"; the null MX is "0 .")", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"TXT", "one item is one record", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"PTR", "names", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"CNAME", "the other name; then nothing else", kText},
};

}  // namespace policy
