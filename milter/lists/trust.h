// Whether a list may be believed, from its self-tests: slow to doubt, slow to trust again, so that one lost
// packet does nothing. Events in, state out; the time is an argument. A value of one thread.
#pragma once
#include <cstdint>
#include <string>

#include "milter/lists/self_test.h"

namespace milter {

using UnixMillis = std::int64_t;  // since 1970

class Trust {
 public:
  // untested: no test has passed yet; does not count. disabled: does not count, and does not get asked.
  enum class State { untested, trusted, disabled };

  void tested(const SelfTest& test, UnixMillis now);
  // An answer about a client proved the list wrong: see ListAnswer::lies.
  void lied(std::string why, UnixMillis now);

  State state() const { return state_; }
  UnixMillis since() const { return since_; }  // of state(); 0: untested from the beginning
  // The last failure; "" while trusted and when nothing was heard yet.
  const std::string& why() const { return why_; }

  // Since when it has not counted, by tests that failed or answers that lied; 0: it counts, or was never tested.
  UnixMillis doubted_since() const { return doubted_since_; }

  // When the next test is due, after one at `last`: at ease every half hour, in doubt sooner.
  UnixMillis next_test(UnixMillis last) const;

 private:
  void become(State state, UnixMillis now);
  void doubt(UnixMillis now);
  void passed(UnixMillis now);
  void failed(const SelfTest& test, UnixMillis now);

  State state_ = State::untested;
  UnixMillis since_ = 0;
  UnixMillis doubted_since_ = 0;
  int failures_ = 0;   // in a row
  int successes_ = 0;  // in a row, while disabled
  std::string why_;
};

inline constexpr int kFailuresToDisable = 3;  // in a row: a lost packet, or two, is the network's fault
inline constexpr int kSuccessesToEnable = 2;
inline constexpr UnixMillis kTestInterval = 30LL * 60 * 1000;
// While failures are being counted: an outage is known after two minutes, a lost packet is
// forgotten after one.
inline constexpr UnixMillis kDoubtInterval = 60LL * 1000;
// While disabled and failing: a list that is back counts again within minutes, and a list that blocked us
// is not pestered.
inline constexpr UnixMillis kDisabledInterval = 5LL * 60 * 1000;

}  // namespace milter
