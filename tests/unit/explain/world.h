// A small policy and records of its decisions, for the tests of explanations and replay.
#pragma once
#include <string>
#include <string_view>

#include "policy/load/policy.h"
#include "policy/record/record.h"

namespace milter {

// Rules: friends (accept), relay, unknown-recipient, blocklist, spf (if_unknown: defer), dmarc (monitor).
// Exceptions: alumni (client.ip 203.0.113.0/24, skips spf), expiring.
extern const std::string_view kPolicyText;

// As "policy.yaml", with the program's own facts and texts. Throws when the text has errors.
policy::Policy load(std::string_view text = kPolicyText);

// The policy's text with one piece replaced. Throws when it is not there.
std::string replaced(std::string_view from, std::string_view to);

// A stranger at 192.0.2.25 who writes to a known mailbox of ours: nothing wrong with it. At rcpt. Nothing
// is derived yet.
policy::Observed clean();
// The same when the message has ended: DKIM and DMARC pass, aligned.
policy::Observed clean_message();

// The world with one observed fact more or another.
policy::Observed with(policy::Observed world, std::string_view path, policy::Value value);
// With another answer of zen about the client: its A records.
policy::Observed with_zen(policy::Observed world, policy::TextList addresses);
// With another recipient.
policy::Observed for_recipient(policy::Observed world, const std::string& path);

// The record of what `policy` derives and decides, from alice@shop.example to bob@example.net. Throws when
// it cannot decide.
policy::Record decided(const policy::Policy& policy, policy::Observed world,
                       policy::Stage moment = policy::Stage::rcpt);

}  // namespace milter
