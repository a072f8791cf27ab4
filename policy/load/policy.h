// From text to policy and catalogue, with every error at its place. Pure: the caller reads the
// files. Any thread.
//
// A policy that loads cannot fail at mail time: every path exists and suits its test, every check can answer
// at its rule's stage, every reason is in the catalogue and its code suits the action, every line of text
// fits with its values at their longest.
//
// load() adds the conditions that no policy may leave out ("implied"):
//   - to each reject and defer rule but relay control (reason relay-denied): recipient.role false at rcpt,
//   message.role
//     false at message: postmaster@ and abuse@ of our domains pass all but relay control (RFC 5321 4.5.1, RFC
//     2142);
//   - to each reject and defer rule that reads spf, dmarc or dnsbl: client.trusted false,
//   client.authenticated false;
//   - to an exception with `expires`: clock.unix below it; to a rule with `sample: P%`: dice.roll below P of
//   100.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "policy/diagnostic.h"
#include "policy/load/keys.h"
#include "policy/policy.h"
#include "policy/reply/reply.h"
#include "policy/schema.h"

namespace policy {

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

// A rule without `at` is decided as soon as every fact it reads is known, not before rcpt. `sample: P%` means
// dice.roll (0 to 9999) below 100 P. An exception with `expires: DATE` works through that day (UTC). Without
// `if_unknown` a rule is skipped when its facts are unknown, but relay control defers: trouble must not open
// a relay. Facts of group `recipient` are of one recipient: rules at headers and message may not read them.
//
// `now`: seconds since 1970, for exceptions that are expired or about to be; 0 leaves those warnings out.
Loaded<Policy> load_policy(const Source& source, const Schema& schema, const Catalogue& catalogue,
                           std::int64_t now);

// 12 hex digits that change with the texts; the same on every machine. A policy's is that of its text alone.
std::string fingerprint(std::initializer_list<std::string_view> texts);

}  // namespace policy
