// Words that explanations share: values, conditions and verdicts read aloud. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "policy/decide.h"
#include "policy/record/record.h"

namespace policy {

// Foreign octets as a terminal may show them: printable ASCII stays, all else becomes \xNN, so that nothing
// in a log can move the cursor or imitate our lines. Cut at kLongestShown octets.
std::string printable(std::string_view text);
inline constexpr std::size_t kLongestShown = 300;  // of one value: enough for every name and most SPF records

// "spf.result is fail or softfail", "dnsbl.weight >= 8", "client.trusted is false".
std::string to_text(const Condition& condition);

// The value at `path`: its text, `""`, "unknown (why)", "not asked". Of what is known in part what it may be,
// and why: "3 to 20 (psbl: time-out)". Says whose doing it is, where it is not the world's, and that a list
// was given up.
std::string value_text(const FactSet& facts, FieldPath path);

// "a", "a or b", "a, b or c".
std::string either(const std::vector<std::string>& words);

// "FILE:LINE", or "(built in)" for a rule that no policy can leave out.
std::string place_text(const Rule& rule);

// "refused: spf-fail, by rule spf", "accepted", "accepted; rule spf, monitored, would refuse: spf-fail".
std::string to_text(const Verdict& verdict);
// The same; of a Need "not known from this record: needs spf".
std::string to_text(const Step& step);

// Why one rule of the record did or did not apply: "applies", "would apply (monitor)", "does not apply: spf.result is
// pass", "passed over: exception alumni", "could not be decided: spf.result is unknown (…)".
std::string why(const Considered& considered, const Record& record);

// Why mail was deferred that a rule would have refused for good: a rule above it, which might have let it in,
// could not be decided (see decide.h). "" for any other verdict.
std::string opened_by(const Verdict& verdict);

// What the built-in split does, for whoever looks for its rule in the policy.
inline constexpr std::string_view kSplitAloud =
    "(built in: the rules of the message's end treat this recipient otherwise than those before him)";

}  // namespace policy
