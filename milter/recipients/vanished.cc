#include "milter/recipients/vanished.h"

#include <algorithm>

namespace milter {
namespace {

using Time = std::chrono::steady_clock::time_point;

bool by_hash(const Vanished::Entry& a, const Vanished::Entry& b) { return a.hash < b.hash; }

}  // namespace

void Vanished::restore(std::uint64_t hash, std::int64_t since, const Moment& now) {
  const auto passed =
      std::clamp(std::chrono::seconds(now.unix_seconds - since), std::chrono::seconds(0), lasts_);
  entries_.push_back({hash, since, since == kHeld ? Time::max() : now.steady + (lasts_ - passed)});
  if (entries_.size() > 1 && hash < entries_[entries_.size() - 2].hash)
    std::sort(entries_.begin(), entries_.end(), by_hash);
}

// Those that are missing already count among what there was: two torn copies in a row are one.
Vanished::Change Vanished::add(std::vector<std::uint64_t> missing, std::size_t before,
                               const AddressList& now_listed, const Moment& now) {
  std::erase_if(entries_, [&](const Entry& entry) { return now_listed.has_hash(entry.hash); });
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  const auto listed_before = [&](std::uint64_t hash) {
    return std::binary_search(missing.begin(), missing.end(), hash);
  };
  std::erase_if(entries_, [&](const Entry& entry) { return listed_before(entry.hash); });
  Change change;
  change.newly = missing.size();
  change.gone = entries_.size() + missing.size();
  change.of = entries_.size() + before;
  change.held = change.newly > 0 && change.gone >= kFewestOfAll && change.gone * 2 > change.of;
  for (const auto hash : missing) entries_.push_back({hash, now.unix_seconds, now.steady + lasts_});
  if (change.held)
    for (auto& entry : entries_) entry.since = kHeld, entry.until = Time::max();
  std::sort(entries_.begin(), entries_.end(), by_hash);
  return change;
}

bool Vanished::expire(Time now) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.until <= now; }) > 0;
}

std::size_t Vanished::held() const {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                [](const Entry& entry) { return entry.since == kHeld; }));
}

}  // namespace milter
