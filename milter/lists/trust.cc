#include "milter/lists/trust.h"

#include <utility>

namespace milter {

void Trust::become(State state, UnixMillis now) {
  if (state != state_) since_ = now;
  state_ = state;
  if (state == State::trusted)
    doubted_since_ = 0;
  else
    doubt(now);
  failures_ = 0;
  successes_ = 0;
}

void Trust::doubt(UnixMillis now) {
  if (doubted_since_ == 0) doubted_since_ = now;
}

void Trust::passed(UnixMillis now) {
  failures_ = 0;
  if (state_ == State::disabled && ++successes_ < kSuccessesToEnable) return;
  become(State::trusted, now);
  why_.clear();
}

void Trust::failed(const SelfTest& test, UnixMillis now) {
  successes_ = 0;
  if (state_ != State::trusted) {
    why_ = test.problem;
    doubt(now);
  }
  if (state_ == State::disabled || ++failures_ < kFailuresToDisable) return;
  why_ = test.problem;
  become(State::disabled, now);
}

void Trust::tested(const SelfTest& test, UnixMillis now) {
  if (test.passed)
    passed(now);
  else if (test.lies)
    lied(test.problem, now);
  else
    failed(test, now);
}

void Trust::lied(std::string why, UnixMillis now) {
  why_ = std::move(why);
  become(State::disabled, now);
}

UnixMillis Trust::next_test(UnixMillis last) const {
  const bool settled = state_ == State::trusted && failures_ == 0;
  if (settled) return last + kTestInterval;
  return last + (state_ == State::disabled && successes_ == 0 ? kDisabledInterval : kDoubtInterval);
}

}  // namespace milter
