// The section `lists:`.
#pragma once
#include <vector>

#include "policy/load/keys.h"
#include "policy/load/loading.h"
#include "policy/policy.h"

namespace policy {

inline constexpr std::array kListKeys{
    KeyDoc{"id", "what facts and logs call it", R"({"$ref":"#/$defs/id"})"},
    KeyDoc{"name", "what replies call it (default: its id)", kText},
    KeyDoc{"zone", "where it is asked, a key included; never printed", kText},
    KeyDoc{"of", "what it is asked about (default client-ip)",
           R"({"enum":["client-ip","helo","sender-domain","client-name","from-domain"]})"},
    KeyDoc{"allow", "true: an allow list", R"({"type":"boolean"})"},
    KeyDoc{"lookup", "the operator's page for one address or domain, with {client.ip} and the like in it",
           R"({"type":"string","pattern":"^https?://"})"},
    KeyDoc{
        "codes", "every return code that the operator documents",
        R"({"type":"object","minProperties":1,"propertyNames":{"pattern":"^127\\.[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9]+)?$"},"additionalProperties":{"$ref":"#/$defs/code"}})"},
    KeyDoc{"force", "your word against the health check", R"({"enum":["on","off"]})"},
};

inline constexpr std::array kCodeKeys{
    KeyDoc{"means", "short: replies and logs show it", kText},
    KeyDoc{"weight", "what a listing adds to dnsbl.weight (default 1)",
           R"({"type":"integer","minimum":0,"maximum":1000})"},
};

std::vector<List> read_lists(const YamlMapping& root, const Loading& loading);

}  // namespace policy
