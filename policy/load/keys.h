// The keys of a policy file: what the loader accepts and what the JSON Schema says both come from these
// tables.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace policy {

// One key of a mapping. `schema` is the JSON Schema of its value, as JSON text; $defs are those of
// schema_json.cc.
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

inline constexpr std::array kPolicyKeys{
    KeyDoc{"version", "the version of this format", R"({"const":1})"},
    KeyDoc{"site", "who we are, as replies say it", R"({"$ref":"#/$defs/site"})"},
    KeyDoc{"domains", "which domains are ours", R"({"$ref":"#/$defs/domains"})"},
    KeyDoc{"trusted",
           "which clients are ours: they may relay, and are never judged by SPF, DMARC or blocklists",
           R"({"$ref":"#/$defs/trusted"})"},
    KeyDoc{"mode", "monitor: refuse nothing, log what would have been refused",
           R"({"enum":["enforce","monitor"]})"},
    KeyDoc{"lists", "DNS blocklists and allow lists", R"({"type":"array","items":{"$ref":"#/$defs/list"}})"},
    KeyDoc{"lists_give_up", "how long a list may not count before rules that refuse do without it: 4h",
           R"({"type":"string","pattern":"^[0-9]+[smhd]$"})"},
    KeyDoc{"recipients", "which mailboxes exist, by domain or pattern",
           R"({"type":"object","additionalProperties":{"$ref":"#/$defs/recipients"}})"},
    KeyDoc{"rules", "first match wins", R"({"type":"array","items":{"$ref":"#/$defs/rule"}})"},
    KeyDoc{"exceptions", "what lets mail past some rules",
           R"({"type":"array","items":{"$ref":"#/$defs/exception"}})"},
    KeyDoc{"tests", "cases that `fivefifty test` runs",
           R"({"type":"array","items":{"$ref":"#/$defs/test"}})"},
    KeyDoc{"settings", "how checks work, where that changes verdicts", R"({"$ref":"#/$defs/settings"})"},
};

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

inline constexpr std::array kRecipientsKeys{
    KeyDoc{"source", "where they are listed", R"({"enum":["file"]})"},
    KeyDoc{"path", "one address or @domain a line; relative to this file",
           R"({"type":"string","minLength":1})"},
    KeyDoc{"vanished_for",
           "how long mail for an address that is gone from it is deferred, before it is unknown: 24h",
           R"({"type":"string","pattern":"^[0-9]+[smhd]$"})"},
};

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

inline constexpr std::array kPolicyTestKeys{
    KeyDoc{"name", "what is promised", kText},
    KeyDoc{"at", "with facts: the moment of decision (default rcpt)", R"({"enum":["rcpt","message"]})"},
    KeyDoc{"zone", "the DNS of this test", R"({"type":"object"})"},
    KeyDoc{"session", "an SMTP session", R"({"$ref":"#/$defs/session"})"},
    KeyDoc{"facts", "facts as they are in the log", R"({"type":"object"})"},
    KeyDoc{"expect", "what must come of it; a list: one for each record", R"({"$ref":"#/$defs/expect"})"},
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

inline constexpr std::int64_t kMostWeight = 1000;    // far above any sum of listings that makes sense
inline constexpr std::size_t kLongestHelp = 120;     // "See {help}/{reason} ref={ref}" has 200 octets
inline constexpr std::size_t kLongestContact = 100;  // it shares a reply line of 200 octets with words
inline constexpr std::size_t kLongestId = 64;        // ids stand in every log record

}  // namespace policy
