// A check asks the world one question and returns the answer as a fact. It never rejects anything: deciding
// is the policy's business. It never waits either: it is asked again (dns/answers.h). A check is a row of data;
// registry.cc makes the table from checks.def.
#pragma once
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "milter/checks/transaction.h"
#include "milter/dns/answers.h"
#include "milter/lists/health.h"
#include "policy/observed.h"
#include "policy/policy.h"
#include "policy/schema.h"

namespace milter {

// Wall-clock time: a seam, so that tests and replay do not depend on the hour.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t unix_millis() const = 0;  // since 1970
};

class Recipients;  // recipients/: which mailboxes exist
class SpfRecords;  // auth/spf/records.h

// All that a check may look at beside answers: it has no resolver, clock or health of its own. It is the same in
// all runs of one asking: the owner (session/gathering.h) keeps it and what it refers to unchanged meanwhile.
struct CheckInput {
  const Connection& connection;
  const Transaction& transaction;
  const policy::Observed& observed;
  const policy::FactSet&
      facts;  // observed.facts: those of the checks in `after`, and of the free ones, are there
  const policy::Policy& policy;
  const policy::Host& host;
  const Recipients* recipients = nullptr;  // null: no source configured
  const policy::List* list = nullptr;      // of a check of DNS lists: the one to ask
  const Standing* standing = nullptr;      // its standing
  std::int64_t unix_millis = 0;            // when it was first asked
  SpfRecords& spf_records;  // those parsed for this message so far: a memory, which changes no result
  // False: asked ahead, before all of this is known (Check::whole). Only the questions of the run count then, and
  // facts of the checks in `after` may be missing.
  bool whole = true;
};

// What a run returns.
struct Gathered {
  Gathered(policy::Fact f) : fact(std::move(f)) {}  // NOLINT(google-explicit-constructor): most have no more
  Gathered(policy::Fields f) : fact(std::move(f)) {}       // NOLINT(google-explicit-constructor)
  Gathered(policy::Unavailable u) : fact(std::move(u)) {}  // NOLINT(google-explicit-constructor)
  // Of its own fields, without the derived ones. Gathering makes fields of an Unavailable.
  policy::Fact fact;
  std::optional<policy::ListAsked> list;       // of a check of DNS lists: what that list said
  std::optional<policy::SourceAnswer> source;  // of the recipient check: what a source said
  std::vector<ListEvent> events;               // what the lists' health is to be told, once
};

struct Check {
  policy::CheckDoc doc;
  // Free of I/O and questions: judge asks it without being told to, so that decide never needs a round for it.
  bool free = false;
  bool of_lists = false;      // it is asked for each DNS list of its group by itself (CheckInput::list)
  bool per_decision = false;  // its answer is of this moment (clock, dice): asked anew for each decision
  std::vector<std::string_view> after;  // checks whose facts it reads: gathered first
  // Pure. Asks by looking: what it returns counts only if `answers` has all that it looked at; then it is the
  // fact of this world, in whatever order the answers came. It is run again from the beginning when the rest is
  // here, or the time over, at most kMostRuns times (session/gathering.h).
  Gathered (*gather)(const CheckInput&, Answers& answers);
};

std::span<const Check* const> all_checks();      // in order of checks.def
const Check* find_check(std::string_view name);  // null: no such check
const policy::Schema& schema();                  // of all checks

}  // namespace milter
