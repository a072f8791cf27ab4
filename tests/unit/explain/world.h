// A small policy and records of its decisions, for the tests of explanations and replay.
#pragma once
#include <string_view>

#include "policy/load/policy.h"
#include "policy/record/record.h"

namespace milter {

// Rules: friends (accept), relay, unknown-recipient, blocklist, spf (if_unknown: defer), dmarc (monitor).
// Exceptions: alumni (client.ip 203.0.113.0/24, skips spf), expiring.
extern const std::string_view kPolicyText;

// As "policy.yaml", with the program's own facts and texts. Throws when the text has errors.
policy::Policy load(std::string_view text = kPolicyText);

// A stranger at 192.0.2.25 who writes to a known mailbox of ours: nothing wrong with it. At rcpt.
policy::FactSet clean_facts();
// The same when the message has ended: DKIM and DMARC pass, aligned.
policy::FactSet clean_message();

// The record of what `policy` decides on `facts`, from alice@shop.example to bob@example.net. Throws when it
// cannot decide.
policy::Record decided(const policy::Policy& policy, const policy::FactSet& facts,
                       policy::Stage moment = policy::Stage::rcpt);

// The facts with one more or another.
policy::FactSet with(policy::FactSet facts, std::string_view path, policy::Value value);

}  // namespace milter
