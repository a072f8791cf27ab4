// A check asks the world one question and returns the answer as a fact. It never rejects anything: deciding
// is the policy's business. A check is a row of data; registry.cc makes the table from checks.def.
#pragma once
#include <memory>
#include <span>

#include "milter/checks/transaction.h"
#include "milter/dns/resolver.h"
#include "policy/policy.h"
#include "policy/schema.h"

namespace milter {

// Wall-clock time: a seam, so that tests and replay do not depend on the hour.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t unix_millis() const = 0;  // since 1970
};

class ListHealth;  // lists/: which lists may be believed now; thread-safe
class Recipients;  // recipients/: which mailboxes exist

// What checks may use of the world. References outlive every session.
struct Env {
  Resolver& dns;
  const Clock& clock;
  const policy::Policy& policy;
  const Recipients* recipients = nullptr;  // null: no source configured
  ListHealth* lists = nullptr;             // null: the dnsbl check asks the test points itself
};

// One asking: all that a check may look at. Valid during the call.
struct Asking {
  const Connection& connection;
  const Transaction& transaction;
  const policy::FactSet& facts;  // those of the checks in `after` are there
  Env& env;
  Deadline deadline;  // waits end here
};

struct Check {
  policy::CheckDoc doc;
  // Free of I/O and waiting: judge asks it without being told to, so that decide never needs a round for it.
  bool free = false;
  bool per_decision = false;  // its answer is of this moment (clock, dice): asked anew for each decision
  std::vector<std::string_view> after;  // checks whose facts it reads: gathered first
  policy::Fact (*gather)(const Asking&);
  // Starts the queries that gather will wait for, as soon as the inputs of doc.since are known. Must not
  // block. Null: nothing to start.
  void (*start)(const Asking&) = nullptr;
};

std::span<const Check* const> all_checks();      // in order of checks.def
const Check* find_check(std::string_view name);  // null: no such check
const policy::Schema& schema();                  // of all checks

}  // namespace milter
