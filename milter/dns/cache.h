// What was answered before, and what is being asked now: one question is never on its way twice. Bounded in
// octets; the least recently used goes first.
//
// Any thread: split into shards, each with its lock.
#pragma once
#include <array>
#include <cstdint>
#include <list>
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
// Expired records are kept this long, to be served as Stale (RFC 8767 section 5: 1 to 3 days).
inline constexpr std::chrono::hours kStaleTtl{24};

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
    std::shared_ptr<const Stale> stale;    // what was known before, for a new question; or null
    std::optional<PendingLookup> pending;  // of a new question: the caller asks it and calls settle
  };
  Found find(const Question& question, Time now);

  // The answer to a new question, to be called before its PendingLookup is answered.
  void settle(const Question& question, const Outcome& outcome, Time now);
  void abandon(const Question& question);  // it is not asked after all; nothing is remembered

  struct Size {
    std::size_t entries = 0, octets = 0;
  };
  Size size() const;

 private:
  struct Entry {
    std::string key;
    Lookup answer;
    std::shared_ptr<const Stale> stale;  // older records; beside a failure
    Time fresh_until, stale_until;
    std::size_t cost = 0;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;                                                // most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> index;  // keys lie in the entries
    std::unordered_map<std::string, PendingLookup> asked;
    std::size_t octets = 0;

    std::list<Entry>::iterator* find(std::string_view key);
    void erase(std::list<Entry>::iterator entry);
    std::shared_ptr<const Stale> stale_of(std::string_view key, Time now);
  };
  Shard& shard_of(std::string_view key);

  static constexpr std::size_t kShards = 16;  // more than there are threads that ask at once
  std::array<Shard, kShards> shards_;
  std::size_t most_octets_;  // a shard
};

}  // namespace milter
