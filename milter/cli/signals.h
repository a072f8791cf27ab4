// Signals as events for the main thread.
//
// libmilter runs a thread of its own that waits for SIGHUP, SIGTERM and SIGINT and ends the filter on each of
// them. Here it does not get them (see sigwait in signals.cc): the main thread keeps them unblocked, with a
// handler that only writes to a pipe, and libmilter runs in another thread.
#pragma once
#include <chrono>

namespace milter {

// Keeps ours from being delivered until there is a Signals: none of them ends a program that is still starting. First
// of all, in the main thread.
void hold_signals() noexcept;

class Signals {
 public:
  Signals();  // in the main thread, before any other is started; what was held is delivered
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next signal (SIGHUP, SIGTERM, SIGINT), or 0 after `patience`.
  int wait(std::chrono::milliseconds patience) const;

 private:
  int reader_ = -1;
};

}  // namespace milter
