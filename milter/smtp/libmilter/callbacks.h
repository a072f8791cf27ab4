// libmilter's callbacks. An exception ends at their boundary, in one place: the mail is deferred
// with 451 4.3.0.
#pragma once
#include <libmilter/mfapi.h>

#include <atomic>
#include <cstdint>

#include "milter/smtp/libmilter/service.h"

namespace milter {

class Kicker;

// What callbacks work with. References outlive close_world().
struct CallbackWorld {
  const World& world;
  const CurrentSnapshot& snapshot;
  LogSink& log;
  std::atomic<int> sessions{0};  // connections that have been introduced and not closed
  std::atomic<std::uint64_t> sessions_begun{0};
  std::atomic<int> messages{0};  // of them, those between MAIL and the message's end
  Kicker* kicker = nullptr;

  CallbackWorld(const World& w, const CurrentSnapshot& s, LogSink& l) : world(w), snapshot(s), log(l) {}
  CallbackWorld(const CallbackWorld&) = delete;
};

// libmilter passes nothing to callbacks but its own context, so the world is the process's one mutable
// global. Without one, sessions are deferred.
void open_world(CallbackWorld& world);

// Waits for the callbacks that are under way, which is as long as a decision may take; afterwards none
// touches the world again, although libmilter's threads go on. Not from a callback.
void close_world();

smfiDesc description();

}  // namespace milter
