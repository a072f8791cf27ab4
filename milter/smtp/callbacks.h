// libmilter's callbacks. An exception ends at their boundary, in one place: the mail is deferred with
// 451 4.3.0.
#pragma once
#include <libmilter/mfapi.h>

#include <atomic>
#include <cstdint>

#include "milter/smtp/service.h"

namespace milter {

class Kicker;

// What callbacks work with. References outlive all sessions.
struct CallbackWorld {
  const World& world;
  const CurrentSnapshot& snapshot;
  LogSink& log;
  std::atomic<int> sessions{0};  // connections that have been introduced and not closed
  std::atomic<std::uint64_t> sessions_begun{0};
  Kicker* kicker = nullptr;

  CallbackWorld(const World& w, const CurrentSnapshot& s, LogSink& l) : world(w), snapshot(s), log(l) {}
  CallbackWorld(const CallbackWorld&) = delete;
};

// libmilter passes nothing to callbacks but its own context, so this is the process's one mutable global.
void set_callback_world(CallbackWorld* world);

smfiDesc description();

}  // namespace milter
