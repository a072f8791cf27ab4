// The loop that joins facts to policy: the only place where I/O meets decision. decide() says what it lacks; the
// checks that find it out are asked together, and decide() is asked again. It never waits: it says what it waits
// for, and goes on when it is told to.
#pragma once
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "milter/session/gathering.h"
#include "policy/decide.h"

namespace milter {

struct Decided {
  policy::Verdict verdict;
  std::map<std::string, std::int64_t> millis;  // how long each check was waited for; "total"
};

// One decision under way. Dropping it gives it up. One thread at a time.
class Judging {
 public:
  // Decides at `moment` (rcpt or message). `observed` keeps what was gathered, and what derive() makes of it.
  // Questions that are open at the end of `window` read as time-outs: unavailable, "time budget". `besides`:
  // checks whose facts are wanted too, of mail that is not refused. What is referred to outlives it, and
  // stays as it is but for `observed` and `under_way`.
  Judging(const JudgeInput& input, policy::Stage moment, policy::Observed& observed, Gatherings& under_way,
          Window window, std::vector<std::string> besides = {});

  // As far as the answers go that are here now. After a Decided, no more. Throws only on bugs and lack of memory.
  std::variant<Decided, Waiting> step(Deadline now);

 private:
  Waiting gather(Deadline now);
  void take(const Wanted& wanted, const Gathering& gathering);
  bool is_over(policy::Step step);

  const JudgeInput input_;
  const policy::Stage moment_;
  policy::Observed& observed_;
  Gatherings& under_way_;
  const Window window_;
  std::vector<std::string> besides_;
  std::vector<Wanted> wanted_;  // not gathered yet, in the order of their building on each other
  std::map<Wanted, Deadline> begun_;
  bool decided_ = false;
  Decided judged_;
};

// Gathers the checks that ask nobody and can answer by `stage`.
void gather_free(const JudgeInput& input, policy::Stage stage, policy::Observed& observed);

// Gathers a check that needs no answer at `stage`; one that does is left to the decision.
void gather_at_once(const JudgeInput& input, std::string_view check, policy::Stage stage,
                    policy::Observed& observed, Gatherings& under_way);

// Runs the checks that can be asked something at `stage`: those that the policy may still ask for (what decide()
// needs, with the facts as they are: a rule that is settled already, for a trusted client, asks nothing), and those
// in `besides`. Lists and the client's names are asked about at HELO, since a client that only connects shall cost
// no question; those of the message's end with its headers complete.
void ask_ahead(const JudgeInput& input, policy::Stage stage, const policy::Observed& observed,
               const std::vector<std::string>& besides, Gatherings& under_way);

// Whether the policy may ask for `check` when the message has ended.
bool may_need(const JudgeInput& input, std::string_view check, const policy::Observed& observed);

}  // namespace milter
