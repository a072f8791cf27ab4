#include "milter/cli/reload.h"

#include <fmt/format.h>

#include "milter/cli/loading.h"
#include "milter/log/say.h"

namespace milter {

Reloading::Reloading(const Config& config, CurrentSnapshot& current, ListHealth& health)
    : config_(config),
      current_(current),
      health_(health),
      seen_(times()),
      last_look_(seen_),
      next_(std::chrono::steady_clock::now() + std::chrono::hours(24)) {}

Reloading::Times Reloading::times() const {
  Times out;
  for (const auto& path : {config_.policy, config_.replies}) {
    std::error_code error;
    const auto time =
        path.empty() ? std::filesystem::file_time_type{} : std::filesystem::last_write_time(path, error);
    if (!path.empty() && !error) out[path] = time;
  }
  return out;
}

bool Reloading::reload() {
  bool taken = false;
  if (!survives("a reload", [&] { taken = read_again(); })) ++refused_;
  return taken;
}

bool Reloading::read_again() {
  seen_ = times();
  const auto loaded = load_snapshot(config_, "", current_.get().get(), RecipientFiles::watch);
  print(loaded);
  ++(loaded.snapshot ? taken_ : refused_);
  if (!loaded.snapshot) {
    say(fmt::format("the configuration has errors; the policy {} stays in force",
                    current_.get()->policy.fingerprint));
    return false;
  }
  health_.use(loaded.snapshot->policy.lists, loaded.snapshot->policy.lists_give_up);
  current_.set(loaded.snapshot);
  say(fmt::format("the policy {} is in force", loaded.snapshot->policy.fingerprint));
  return true;
}

void Reloading::look() {
  const auto now = std::chrono::steady_clock::now();
  const bool daily = now >= next_;
  if (daily) next_ = now + std::chrono::hours(24);
  auto found = times();
  const bool settled = found == last_look_;
  last_look_ = std::move(found);
  if (daily || (settled && last_look_ != seen_)) reload();
}

}  // namespace milter
