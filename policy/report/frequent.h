// Containers for what strangers name, in bounded memory: a log may hold a million made-up domains. Pure; one
// thread at a time.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace policy {

// Octets of a name that is kept: RFC 5321 4.5.3.1 has 64 for the local part and 255 for the domain.
inline constexpr std::size_t kLongestReportName = 64 + 1 + 255;

inline std::uint64_t weight_of(std::uint64_t count) { return count; }
template <class T>
std::uint64_t weight_of(const T& counts) {
  return counts.total();
}

// Counts by name, of the names with most. When there is no room for another, the lighter half goes: its
// weight is kept in forgotten(). A name that was forgotten and comes back starts anew, so its count is at
// least what is shown. T is a number, or has total().
template <class T, class Key = std::string>
class Frequent {
 public:
  using Entry = std::pair<Key, T>;

  explicit Frequent(std::size_t most) : most_(most) {}  // most > 1

  // Valid until the next call.
  T& operator[](const Key& name) {
    if (const auto it = all_.find(name); it != all_.end()) return it->second;
    if (all_.size() >= most_) forget_lighter_half();
    return all_[name];
  }
  const T* find(const Key& name) const {
    const auto it = all_.find(name);
    return it == all_.end() ? nullptr : &it->second;
  }
  const std::map<Key, T>& all() const { return all_; }
  std::uint64_t forgotten() const { return forgotten_; }  // 0: every count is exact

  // The first `most` by `rank`, the highest first; equal ones by name.
  template <class Rank>
  std::vector<Entry> top(std::size_t most, Rank rank) const {
    std::vector<Entry> out(all_.begin(), all_.end());
    std::stable_sort(out.begin(), out.end(),
                     [&](const Entry& a, const Entry& b) { return rank(a.second) > rank(b.second); });
    if (out.size() > most) out.resize(most);
    return out;
  }
  std::vector<Entry> top(std::size_t most) const {
    return top(most, [](const T& counts) { return weight_of(counts); });
  }

 private:
  void forget_lighter_half() {
    std::vector<std::uint64_t> weights;
    for (const auto& [name, counts] : all_) weights.push_back(weight_of(counts));
    const auto middle = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 2);
    std::nth_element(weights.begin(), middle, weights.end());
    // What stands before the middle is no heavier: those that are lighter go, and of its equals as many
    // as stand there.
    auto equals = std::count(weights.begin(), middle, *middle);
    const auto goes = [&, median = *middle](std::uint64_t weight) {
      return weight < median || (weight == median && equals-- > 0);
    };
    for (auto it = all_.begin(); it != all_.end();) {
      const auto weight = weight_of(it->second);
      const bool gone = goes(weight);
      if (gone) forgotten_ += weight;
      it = gone ? all_.erase(it) : std::next(it);
    }
  }

  std::size_t most_;
  std::map<Key, T> all_;
  std::uint64_t forgotten_ = 0;
};

// The latest `most` things that were put in, by key; older ones are forgotten, the oldest first. A key is a
// hash: two texts that share one are taken for the same.
template <class T>
class Recent {
 public:
  explicit Recent(std::size_t most) : most_(most) {}  // most > 0

  // Null: it is not there. Valid until the next call of another member.
  const T* find(std::size_t key) const {
    const auto found = turns_.find(key);
    return found == turns_.end() ? nullptr : &all_.at(found->second).second;
  }
  // In place of what was put under that key before, and the newest of all. What had to go for it is returned.
  std::optional<T> put(std::size_t key, T value) {
    take(key);
    turns_[key] = next_;
    all_.emplace_hint(all_.end(), next_++, std::pair(key, std::move(value)));
    if (all_.size() <= most_) return std::nullopt;
    return take(all_.begin()->second.first);
  }
  // The value, which is there no more.
  std::optional<T> take(std::size_t key) {
    const auto turn = turns_.find(key);
    if (turn == turns_.end()) return std::nullopt;
    const auto found = all_.find(turn->second);
    std::optional<T> out(std::move(found->second.second));
    all_.erase(found);
    turns_.erase(turn);
    return out;
  }

 private:
  std::size_t most_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::pair<std::size_t, T>> all_;  // by turn: the oldest first
  std::unordered_map<std::size_t, std::uint64_t> turns_;
};

}  // namespace policy
