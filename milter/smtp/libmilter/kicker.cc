#include "milter/smtp/libmilter/kicker.h"

#include <fmt/format.h>

#include <chrono>
#include <cstring>

#include "milter/log/say.h"

namespace milter {
namespace {

// A decision shorter than this holds nobody up.
constexpr std::chrono::milliseconds kPatience{5};

}  // namespace

Kicker::Kicker(const Listener& listener)
    : listener_(listener), thread_([this] { survives("the kicker's thread", [this] { run(); }); }) {}

Kicker::~Kicker() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Kicker::Waiting::Waiting(Kicker* kicker) : kicker_(kicker) {
  if (!kicker_) return;
  const std::scoped_lock lock(kicker_->mutex_);
  if (++kicker_->waiting_ == 1) kicker_->changed_.notify_all();
}

Kicker::Waiting::~Waiting() {
  if (!kicker_) return;
  const std::scoped_lock lock(kicker_->mutex_);
  --kicker_->waiting_;
}

void Kicker::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    changed_.wait(lock, [this] { return ended_ || waiting_ > 0; });
    changed_.wait_for(lock, kPatience, [this] { return ended_; });
    if (ended_ || waiting_ == 0) continue;
    lock.unlock();
    survives("the kicker's thread", [this] { kick(); });
    lock.lock();
  }
}

void Kicker::kick() {
  const int error = listener_.touch();
  if (error == 0 || blind_) return;
  blind_ = true;
  say(fmt::format("cannot connect to our own socket: {}; decisions that wait for DNS may hold others up",
                  std::strerror(error)));
}

}  // namespace milter
