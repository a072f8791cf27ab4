// What was answered before, and what is being asked now: one question is never on its way twice. Bounded in
// octets: what was not asked for lately goes first, a whole generation at a time. To find and free the least
// recently used entry for each new one touches memory that no processor's cache holds, again and again.
//
// What strangers chose to have asked pushes out little: a large answer is not kept, and the names of one owner have
// their share. A failure is believed for the network that met it: others ask once more, since who makes a name
// fail may have wanted others to believe it.
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
// Of a list: who is listed now was not a minute ago.
inline constexpr std::chrono::seconds kLongestUnlistedTtl{60};
// A failure is not asked for again at once (RFC 9520), but a recovery shows soon.
inline constexpr std::chrono::seconds kFailureTtl{3};

// The memory of one cached answer, about: what the cache's bound counts.
std::size_t cost_of(const Question& question, const Outcome& outcome);

// What is larger stays with those who asked: real records are below 4 KiB, and 16 of 64 KiB would fill a shard.
inline constexpr std::size_t kLargestKept = 4096;
// The part of the cache that the names of one owner may take. Of lists, which are few and chosen by us, all.
inline constexpr std::size_t kOwnersInCache = 64;

class AnswerCache {
 public:
  using Time = Deadline;

  explicit AnswerCache(std::size_t most_octets, Lane lane = Lane::theirs);

  struct Found {
    enum class How { cached, joined, new_question };
    How how = How::cached;
    Lookup lookup;
    std::optional<PendingLookup>
        pending;  // of a new question: the caller asks it, then settles or abandons it
  };
  // `network`: network_of() who asks.
  Found find(const Question& question, const Block& network, Time now);

  // Keeps the answer to a new question and sets it for those who asked; the caller wakes them, many at once
  // if it has many answers.
  void settle(const Question& question, const Block& network, const PendingLookup& asked, Outcome outcome,
              Time now);
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
    std::size_t cost = 0;   // of the answer: what is only asked is bounded by who asks
    std::size_t owner = 0;  // of the name: a hash
  };
  struct Generation {
    Generation() { entries.max_load_factor(0.5F); }  // a chain's entries lie far apart, outside of all caches

    std::unordered_map<std::string, Entry> entries;
    std::unordered_map<std::size_t, std::size_t> owned;  // octets, by owner
    std::size_t octets = 0;

    void charge(const Entry& entry);
    void discharge(const Entry& entry);
    void drop_answers_of(std::size_t owner);
  };
  struct Shard {
    mutable std::mutex mutex;
    Generation young, old;
    std::size_t most = 0;           // octets of a generation
    std::size_t most_an_owner = 0;  // octets of both

    Entry* find(const std::string& key);  // what is found in the old generation moves to the young one
    Entry& entry(std::string key);        // found or new
    void make_room(std::size_t octets);   // in the young generation: when it is full, it is the old one
    // For an answer to a name of `owner`: whose share is full begins anew.
    void make_room(std::size_t octets, std::size_t owner);
    void keep(std::string key, Lookup answer, Time until, std::size_t cost, std::size_t owner);
    void no_longer_asked(const std::string& key);
  };
  std::size_t owner_of(const Question& question) const;
  Shard& shard_of(std::size_t hash);
  std::chrono::seconds lifetime(const Outcome& outcome) const;

  const Lane lane_;

  static constexpr std::size_t kShards = 16;  // more than there are threads that ask at once
  std::array<Shard, kShards> shards_;
};

}  // namespace milter
