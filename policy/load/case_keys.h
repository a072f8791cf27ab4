// The keys of test cases, in the policy and in files of their own: what their reader (milter/cli/cases.h)
// accepts, and what the JSON Schema says.
#pragma once
#include "policy/load/keys.h"

namespace policy {

inline constexpr std::string_view kTextOrTexts = R"({"type":["string","array"],"items":{"type":"string"}})";

inline constexpr std::array kCaseFileKeys{
    KeyDoc{"version", "the version of this format", R"({"const":1})"},
    KeyDoc{"policy", "a policy, or the path of one; default: the shipped policy",
           R"({"type":["object","string"]})"},
    KeyDoc{"zone", "the DNS of all tests", R"({"$ref":"#/$defs/zone"})"},
    KeyDoc{"tests", "the cases", R"({"type":"array","items":{"$ref":"#/$defs/test"}})"},
};

inline constexpr std::array kPolicyTestKeys{
    KeyDoc{"name", "what is promised", kText},
    KeyDoc{"at", "with facts: the moment of decision (default rcpt)", R"({"enum":["rcpt","message"]})"},
    KeyDoc{"zone", "the DNS of this test", R"({"type":"object"})"},
    KeyDoc{"session", "an SMTP session", R"({"$ref":"#/$defs/session"})"},
    KeyDoc{"facts", "facts as they are in the log", R"({"type":"object"})"},
    KeyDoc{"expect", "what must come of it; a list: one for each record", R"({"$ref":"#/$defs/expect"})"},
};

inline constexpr std::array kSessionKeys{
    KeyDoc{"ip", "the client's address", kText},
    KeyDoc{"name", "its PTR name; without it, the zone says", kText},
    KeyDoc{"helo", "what it calls itself", kText},
    KeyDoc{"from", "the envelope sender; empty: the null sender", R"({"type":["string","null"]})"},
    KeyDoc{"rcpt", "the recipients", kTextOrTexts},
    KeyDoc{"auth", "the login", kText},
    KeyDoc{"message", "header and body", kText},
    KeyDoc{"time", "when, as 2026-11-24T12:00:00Z",
           R"({"type":"string","pattern":"^[0-9-]{10}T[0-9:]{8}Z$"})"},
};

inline constexpr std::array kExpectKeys{
    KeyDoc{"accept", "nothing refuses the mail", R"({"const":true})"},
    KeyDoc{"reject", "refused with this reason", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"defer", "deferred with this reason", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"would-reject", "a monitored rule would refuse it", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"would-defer", "a monitored rule would defer it", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"rule", "the rule that decides", kText},
    KeyDoc{"code", "of the reply", R"({"type":"integer","minimum":400,"maximum":599})"},
    KeyDoc{"enhanced", "of the reply", R"({"type":"string","pattern":"^[45]\\.[0-9]{1,3}\\.[0-9]{1,3}$"})"},
    KeyDoc{"text", "pieces of the reply", kTextOrTexts},
    KeyDoc{"facts", "facts by path: spf.result: pass", R"({"type":"object"})"},
    KeyDoc{"unavailable", "groups or facts that are unknown",
           R"({"type":"array","items":{"type":"string"}})"},
};

}  // namespace policy
