// What was answered before, and what is being asked now: one question is never on its way twice. Bounded in
// octets: what was not asked for lately goes first, a whole generation at a time. To find and free the least
// recently used entry for each new one touches memory that no processor's cache holds, again and again.
//
// Any thread: split into shards, each with its lock.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "milter/dns/wire.h"

namespace milter {

// How long answers are believed. An owner's TTL beyond an hour is cut, so that a listing or a record that was
// corrected works soon; a TTL of 0 is a second, within which several checks of one session ask.
inline constexpr std::chrono::seconds kShortestTtl{1}, kLongestTtl{3600};
inline constexpr std::chrono::seconds kLongestNegativeTtl{900};
// A failure is not asked for again at once (RFC 9520), but a recovery shows soon.
inline constexpr std::chrono::seconds kFailureTtl{3};

// The memory of one cached answer, about: what the cache's bound counts.
std::size_t cost_of(const Question& question, const Outcome& outcome);

class AnswerCache {
 public:
  using Time = Deadline;

  explicit AnswerCache(std::size_t most_octets);

  struct Found {
    enum class How { cached, joined, new_question };
    How how = How::cached;
    Lookup lookup;
    std::optional<PendingLookup>
        pending;  // of a new question: the caller asks it, then settles or abandons it
  };
  Found find(const Question& question, Time now);

  // Keeps the answer to a new question and sets it for those who asked; the caller wakes them, many at once
  // if it has many answers.
  void settle(const Question& question, const PendingLookup& asked, Outcome outcome, Time now);
  void abandon(const Question& question);  // it is not asked after all; nothing is remembered

  struct Size {
    std::size_t entries = 0;  // answers, and questions under way
    std::size_t octets = 0;   // of the answers
  };
  Size size() const;

 private:
  // What is known, or being asked, or both: an answer that is no longer fresh is asked for again.
  struct Entry {
    std::optional<Lookup> answer;
    std::optional<PendingLookup> asked;
    Time fresh_until{};
    std::size_t cost = 0;  // of the answer: what is only asked is bounded by who asks
  };
  struct Generation {
    Generation() { entries.max_load_factor(0.5F); }  // a chain's entries lie far apart, outside of all caches

    std::unordered_map<std::string, Entry> entries;
    std::size_t octets = 0;
  };
  struct Shard {
    mutable std::mutex mutex;
    Generation young, old;
    std::size_t most = 0;  // octets of a generation

    Entry* find(const std::string& key);  // what is found in the old generation moves to the young one
    void make_room(std::size_t octets);   // in the young generation: when it is full, it is the old one
  };
  Shard& shard_of(std::string_view key);

  static constexpr std::size_t kShards = 16;  // more than there are threads that ask at once
  std::array<Shard, kShards> shards_;
};

}  // namespace milter
