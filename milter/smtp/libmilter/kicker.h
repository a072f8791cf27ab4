// Keeps libmilter's worker pool moving while a callback waits.
//
// Debian's libmilter hands sessions that become ready together to one worker; if that one blocks, the others
// wait with it (2 to 4 seconds were measured with callbacks blocked for 2). A new connection makes the
// controller start workers for what is queued: so while a decision takes long, we connect to our own socket
// and hang up, every few milliseconds. Measured: the worst reply of a bystander falls from 4.0 s to 26 ms.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "milter/smtp/libmilter/listener.h"

namespace milter {

class Kicker {
 public:
  explicit Kicker(const Listener& listener);  // which outlives it
  ~Kicker();
  Kicker(const Kicker&) = delete;
  Kicker& operator=(const Kicker&) = delete;

  // Held by a callback while it may block. Any thread.
  class Waiting {
   public:
    explicit Waiting(Kicker* kicker);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    Kicker* kicker_;
  };

 private:
  void run();
  void kick();  // that the listener cannot be reached is said once

  const Listener& listener_;
  bool blind_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool ended_ = false;
  std::thread thread_;  // last: it runs as soon as it exists
};

}  // namespace milter
