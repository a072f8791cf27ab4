// Addresses that a file had and has no more, and how long mail for them is deferred.
//
// Who is gone from a file may be deleted, or cut off by a copy that failed. For `vanished_for` nobody knows;
// then he is unknown. When more than half of all vanish at once it is no deletion until somebody says so.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "milter/recipients/address_list.h"

namespace milter {

// Two clocks: what a running program goes by, and what outlives it.
struct Moment {
  std::chrono::steady_clock::time_point steady;
  std::int64_t unix_seconds = 0;
};

// One thread. Addresses are their hashes (address_hash).
class Vanished {
 public:
  // Fewer than so many may vanish at once, whatever part of the file they are.
  static constexpr std::size_t kFewestOfAll = 3;

  struct Entry {
    std::uint64_t hash;
    std::int64_t since;  // unix seconds; kHeld: until somebody means it
    std::chrono::steady_clock::time_point until;
  };
  static constexpr std::int64_t kHeld = 0;

  explicit Vanished(std::chrono::seconds lasts) : lasts_(lasts) {}

  // From a file that outlived the program: `since` of each counts, at most as if it were now.
  void restore(std::uint64_t hash, std::int64_t since, const Moment& now);

  struct Change {
    std::size_t gone = 0, of = 0;  // how many are missing that were there, and how many there were
    std::size_t newly = 0;         // of `gone`, those that were not missing before
    bool held = false;             // they are too many
  };
  // `now_listed` takes the place of contents whose addresses `was_listed` calls its argument with. Those that are
  // listed again are forgotten.
  template <class EachHash>
  Change replace(EachHash was_listed, const AddressList& now_listed, const Moment& now) {
    std::vector<std::uint64_t> missing;
    std::size_t before = 0;
    was_listed([&](std::uint64_t hash) {
      ++before;
      if (!now_listed.has_hash(hash)) missing.push_back(hash);
    });
    return add(std::move(missing), before, now_listed, now);
  }

  void forget_all() { entries_.clear(); }
  bool expire(std::chrono::steady_clock::time_point now);  // true: somebody's time is over

  std::size_t size() const { return entries_.size(); }
  std::size_t held() const;
  const std::vector<Entry>& entries() const { return entries_; }  // by hash

  std::chrono::seconds lasts() const { return lasts_; }

 private:
  Change add(std::vector<std::uint64_t> missing, std::size_t before, const AddressList& now_listed,
             const Moment& now);

  std::chrono::seconds lasts_;
  std::vector<Entry> entries_;
};

}  // namespace milter
