#include "milter/log/losses.h"

#include <fmt/format.h>

#include "milter/log/say.h"

namespace milter {

void Losses::lost(std::uint64_t records, std::string_view why) noexcept {
  const std::scoped_lock lock(mutex_);
  if (!losing_) before_ = count_;
  count_ += records;
  if (losing_) return;
  losing_ = true;
  survives("the log's account of losses", [&] {
    say(fmt::format("cannot write the log {}: {}; mail goes on, records are lost", where_, why));
  });
}

void Losses::wrote() noexcept {
  const std::scoped_lock lock(mutex_);
  if (!losing_) return;
  losing_ = false;
  survives("the log's account of losses", [&] {
    say(fmt::format("the log {} is written again; {} records were lost", where_, count_ - before_));
  });
}

std::uint64_t Losses::count() const noexcept {
  const std::scoped_lock lock(mutex_);
  return count_;
}

}  // namespace milter
