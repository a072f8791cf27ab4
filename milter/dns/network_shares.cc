#include "milter/dns/network_shares.h"

#include <algorithm>
#include <cmath>

namespace milter {
namespace {

using Seconds = std::chrono::duration<double>;

double portion(const Block& block) {
  switch (block.front()) {
    case 24:
      return kPortionOfV4Network;
    case 16:
      return kPortionOfV4Provider;
    case 64:
      return kPortionOfV6Host;
    case 32:
      return kPortionOfV6Provider;
    default:
      return kPortionOfV6Site;
  }
}

}  // namespace

double NetworkShares::held(const Account& account, Time now) const {
  if (account.held == 0 || memory_.count() == 0) return 0;
  return account.held * std::exp(-Seconds(now - account.at) / memory_);
}

// Slots: those that it has, and those that it had at a time, on average over the memory.
double NetworkShares::share(const Block& block, Time now) const {
  const auto found = accounts_.find(block);
  if (found == accounts_.end()) return 0;
  const auto& account = found->second;
  return account.open + (memory_.count() == 0 ? 0 : held(account, now) / memory_.count());
}

bool NetworkShares::has_room(const Asker& asker, std::size_t free, Time now, std::size_t reserved) const {
  if (free == 0 || !asker.client) return free > 0;
  const auto most = static_cast<double>(free - std::min(free, reserved)) *
                    (asker.urgency == Urgency::ahead ? kPortionAhead : 1);
  const auto blocks = blocks_of(*asker.client);
  return std::all_of(blocks.begin(), blocks.end(), [&](const Block& block) {
    return share(block, now) < std::max(kNextToNothing, portion(block) * most);
  });
}

void NetworkShares::begin(const Asker& asker) {
  if (!asker.client) return;
  for (const auto& block : blocks_of(*asker.client)) ++accounts_[block].open;
}

void NetworkShares::end(const Asker& asker, Time begun, Time now) {
  if (!asker.client) return;
  for (const auto& block : blocks_of(*asker.client)) {
    auto& account = accounts_[block];
    account.held = held(account, now) + Seconds(now - begun).count();
    account.at = now;
    if (--account.open == 0 && memory_.count() == 0) accounts_.erase(block);
  }
}

void NetworkShares::sweep(Time now) {
  constexpr double kNothing = 0.05;  // slot-seconds: one question that was answered
  std::erase_if(accounts_, [&](const auto& entry) {
    return entry.second.open == 0 && held(entry.second, now) < kNothing;
  });
}

}  // namespace milter
