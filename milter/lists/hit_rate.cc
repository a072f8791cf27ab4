#include "milter/lists/hit_rate.h"

#include <fmt/format.h>

#include <functional>

#include "milter/dns/asker.h"

namespace milter {

std::string counted_as(std::string_view subject) {
  const auto address = policy::Address::parse(subject);
  return address ? network_of(address) : owner_of_name(subject);
}

void HitRate::remember(bool listed) {
  past_ += 1;
  past_listed_ += listed ? 1 : 0;
  if (past_ < kLongestHistory) return;
  past_ /= 2;
  past_listed_ /= 2;
}

// Half a client on either side, so that "never" and "always" have odds too.
double HitRate::usual_odds() const { return (past_listed_ + 0.5) / (past_ - past_listed_ + 0.5); }

void HitRate::compare() {
  if (window_.size() < kFewestInWindow || past_ < kFewestInHistory) return;
  const auto all = static_cast<double>(window_.size());
  const double odds = (listed_ + 0.5) / (all - listed_ + 0.5);
  const double factor = tripped_ ? kOddsToCalm : kOddsToTrip;
  tripped_ = odds > factor * usual_odds() && listed_ > kLeastShare * all;
}

void HitRate::observe(std::string_view subject, bool listed) {
  const auto hash = std::hash<std::string>{}(counted_as(subject));
  if (!in_window_.insert(hash).second) return;
  window_.push_back({hash, listed});
  listed_ += listed ? 1 : 0;
  if (window_.size() > kWindow) {
    const auto oldest = window_.front();
    window_.pop_front();
    in_window_.erase(oldest.client);
    listed_ -= oldest.listed ? 1 : 0;
    if (!tripped_) remember(oldest.listed);  // what was said in a bad hour is no history
  }
  compare();
}

std::string HitRate::text() const {
  if (past_ < kFewestInHistory) return {};
  return fmt::format("{} of the last {}, before {:.0f}%", listed_, window_.size(),
                     100 * past_listed_ / past_);
}

}  // namespace milter
