// The section `exceptions:`.
#pragma once
#include <vector>

#include "policy/load/keys.h"
#include "policy/load/loading.h"
#include "policy/rule.h"

namespace policy {

inline constexpr std::array kExceptionKeys{
    KeyDoc{"id", "its name in logs", R"({"$ref":"#/$defs/id"})"},
    KeyDoc{"when", "all of these must hold", R"({"$ref":"#/$defs/when"})"},
    KeyDoc{"skip", "rule ids or reasons", R"({"type":"array","minItems":1,"items":{"type":"string"}})"},
    KeyDoc{"because", "why; read by whoever finds it in a year", R"({"type":"string","minLength":1})"},
    KeyDoc{"owner", "who asked for it", kText},
    KeyDoc{
        "expires", "the last day (UTC) on which it works, or never",
        R"({"type":"string","pattern":"^(never|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?)$"})"},
};

// `rules` are those that may be skipped.
std::vector<Exception> read_exceptions(const YamlMapping& root, const std::vector<Rule>& rules,
                                       const Loading& loading);

}  // namespace policy
