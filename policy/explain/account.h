// The whole account of one logged decision, for the administrator who was asked "why did you refuse this?".
// Pure; any thread.
#pragma once
#include <string>

#include "policy/explain/change.h"
#include "policy/policy.h"
#include "policy/record/record.h"
#include "policy/reply/reply.h"
#include "policy/schema.h"

namespace policy {

// What an account is made from. Pointers may be null: what needs them is left out. All outlive the call.
struct Explaining {
  const Record& record;
  const Policy* policy =
      nullptr;  // the one in force now; the account says when it is not the one that decided
  const Catalogue* catalogue = nullptr;
  const Schema* schema = nullptr;
};

// Who, when, what was decided, by which rule at FILE:LINE, the exact reply as SMTP lines, who should do what,
// the rules in order and why each did or did not apply, the facts with their sources, and what would have
// changed the verdict. For a terminal: printable ASCII only. With a line end.
std::string account(const Explaining& matter);

// The same as indented JSON, with a line end. Keys: ref, event, reason, rule {id, file, line}, policy
// {logged, now}, reply, actor, who_acts, looked_at, changes [{of, if, then}], record (the log line).
std::string account_json(const Explaining& matter);

// Who an actor is: "the administrator of the sending server". "" for none and for what is no actor.
std::string_view who_acts(std::string_view actor);

}  // namespace policy
