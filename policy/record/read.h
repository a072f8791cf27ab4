// A record out of its JSON line, whole or only what a replay asks. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/record/read_facts.h"
#include "policy/record/record.h"

namespace policy {

// A line of any writer of version 1 or 2. The error says what is wrong with it.
tl::expected<Record, std::string> record_from_json(std::string_view line);

// As record_from_json, but only what a replay reads: of the flat keys v, event, ref, session, transaction,
// host, stage, mail_from, rcpt and policy, the observations, the verdict, what was monitored, dropped,
// truncated, and the facts that are wanted. The rest stays empty. Half of a line is passed over unread.
tl::expected<Record, std::string> record_for_replay(std::string_view line, const WantedFacts& wanted);

}  // namespace policy
