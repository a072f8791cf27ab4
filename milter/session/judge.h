// The loop that joins facts to policy: the only place where I/O meets decision. decide() says what it lacks;
// judge starts those lookups together, waits for them within one budget, and asks again.
#pragma once
#include <map>
#include <string>

#include "milter/checks/check.h"
#include "policy/decide.h"

namespace milter {

struct Judged {
  policy::Verdict verdict;
  std::map<std::string, std::int64_t> millis;  // how long each check was waited for; "total"
};

// Everything an asking needs but facts and deadline. References outlive the call.
struct Case {
  const Connection& connection;
  const Transaction& transaction;
  Env& env;
};

// Decides at `moment` (rcpt or message). `facts` keeps what was gathered. Waiting ends at `deadline`: what
// has no answer then is unavailable, "time budget". Throws only on bugs and lack of memory.
Judged judge(const Case& matter, policy::Stage moment, policy::FactSet& facts, Deadline deadline);

// Gathers these checks and those they build on, unless they are there. Also for facts that a header wants.
void gather(const Case& matter, const std::vector<std::string>& checks, policy::FactSet& facts,
            Deadline deadline, std::map<std::string, std::int64_t>& millis);

// Gathers the checks that ask nobody and can answer by `stage`.
void gather_free(const Case& matter, policy::Stage stage, policy::FactSet& facts);

// Starts the lookups whose inputs became known at `stage`: of the checks that the policy may still ask for
// (what decide() needs, with the facts as they are: a rule that is settled already, for a trusted client,
// starts nothing), and of those in `besides`. Those of the message's end start with its headers complete.
// Never blocks.
void prefetch(const Case& matter, policy::Stage stage, const policy::FactSet& facts,
              const std::vector<std::string>& besides);

// Whether the policy may ask for `check` when the message has ended.
bool may_need(const Case& matter, std::string_view check, const policy::FactSet& facts);

}  // namespace milter
