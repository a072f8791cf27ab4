// The section `rules:`.
#pragma once
#include <vector>

#include "policy/load/keys.h"
#include "policy/load/loading.h"
#include "policy/rule.h"

namespace policy {

inline constexpr std::array kRuleKeys{
    KeyDoc{"id", "its name in logs and exceptions", R"({"$ref":"#/$defs/id"})"},
    KeyDoc{"at", "when it is decided; default: as soon as its facts are known, not before rcpt",
           R"({"enum":["connect","helo","mail","rcpt","headers","message"]})"},
    KeyDoc{"when", "all of these must hold", R"({"$ref":"#/$defs/when"})"},
    KeyDoc{"accept", "take the mail; no later rule is looked at", R"({"const":true})"},
    KeyDoc{"reject", "refuse for good, with this reason", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"defer", "ask to try again later, with this reason", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"if_unknown", "what happens when a fact cannot be learned", R"({"enum":["skip","defer"]})"},
    KeyDoc{"always", "look at it even behind an accept, which shields from all other rules below it",
           R"({"type":"boolean"})"},
    KeyDoc{"mode", "monitor: only log what it would do", R"({"enum":["enforce","monitor"]})"},
    KeyDoc{"sample", "for this share of the mail only",
           R"({"type":"string","pattern":"^([1-9][0-9]?|100)%$"})"},
};

std::vector<Rule> read_rules(const YamlMapping& root, Mode mode, const Loading& loading);

}  // namespace policy
