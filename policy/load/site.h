// The sections that say who we are: site, domains, trusted, recipients, tests, settings.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "policy/load/keys.h"
#include "policy/load/yaml_reader.h"
#include "policy/policy.h"

namespace policy {

// The keys of these sections, for reader and JSON Schema.
inline constexpr std::array kSiteKeys{
    KeyDoc{"name", "our host name; without it, the name of the host", kText},
    KeyDoc{"help", "where the help pages are; replies end in {help}/{reason}",
           R"({"type":"string","pattern":"^https?://[!-~]+$","maxLength":120})"},
    KeyDoc{"contact", "a mailbox for people who are refused",
           R"({"type":"string","pattern":"^[!-~]+@[!-~]+$"})"},
};

inline constexpr std::array kDomainsKeys{
    KeyDoc{"local", "mail for these is delivered here", R"({"$ref":"#/$defs/patterns"})"},
    KeyDoc{"relay", "mail for these is accepted and passed on", R"({"$ref":"#/$defs/patterns"})"},
};

inline constexpr std::array kTrustedKeys{
    KeyDoc{"networks", "addresses and networks of clients that we trust",
           R"({"type":["array","null"],"items":{"type":"string"}})"},
    KeyDoc{"authenticated", "whether a client that logged in is trusted (default true)",
           R"({"type":"boolean"})"},
};

inline constexpr std::array kRecipientsKeys{
    KeyDoc{"source", "where they are listed", R"({"enum":["file"]})"},
    KeyDoc{"path", "one address or @domain a line; relative to this file",
           R"({"type":"string","minLength":1})"},
    KeyDoc{
        "recipient_delimiter",
        "what separates a mailbox from its extension, as in Postfix: + (default), several, or \"\" for none",
        R"({"type":"string","pattern":"^[!#$%&'*+/=?^_`{|}~.-]*$"})"},
    KeyDoc{"vanished_for",
           "how long mail for an address that is gone from it is deferred, before it is unknown: 24h",
           R"({"type":"string","pattern":"^[0-9]+[smhd]$"})"},
};

// A setting, addressed as GROUP.NAME below `settings`.
struct SettingDoc {
  std::string_view group, name, doc;
  std::array<std::string_view, 4> words;  // unused ones empty; the first is the default
};

inline constexpr std::array kSettings{
    SettingDoc{"dmarc",
               "mode",
               "how policy and organisational domain are found: RFC 9989 or RFC 7489",
               {"treewalk", "psl"}},
    SettingDoc{"spf",
               "explanation",
               "whether a failing domain's own words (exp=) are looked up for {spf.explanation}",
               {"fetch", "ignore"}},
};

Site read_site(const YamlMapping& root, Findings& findings);
Domains read_domains(const YamlMapping& root, Findings& findings);
Trusted read_trusted(const YamlMapping& root, Findings& findings);
// "24h": a time in s, m, h or d, at most 30 days.
std::chrono::seconds read_span(const YamlMapping& from, std::string_view key, std::chrono::seconds otherwise,
                               Findings& findings);
std::vector<RecipientSource> read_recipients(const YamlMapping& root, Findings& findings);
std::vector<PolicyTest> read_tests(const YamlMapping& root, Findings& findings);
std::map<std::string, Value> read_settings(const YamlMapping& root, Findings& findings);

}  // namespace policy
