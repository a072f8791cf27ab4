// Keeps libmilter's worker pool moving while a callback waits.
//
// Debian's libmilter hands sessions that become ready together to one worker; if that one blocks, the
// others wait with it (2 to 4 seconds were measured with callbacks blocked for 2). A new connection makes
// the controller start a worker for what is queued: so whoever begins to wait connects to our own socket,
// and hangs up.
#pragma once
#include <atomic>

#include "milter/smtp/libmilter/listener.h"

namespace milter {

class Kicker {
 public:
  explicit Kicker(const Listener& listener) : listener_(listener) {}  // which outlives it

  // To be called by a callback that begins to wait, once. Never blocks; any thread. That the listener cannot
  // be reached is said once.
  void kick() noexcept;

 private:
  const Listener& listener_;
  std::atomic<bool> blind_{false};
};

}  // namespace milter
