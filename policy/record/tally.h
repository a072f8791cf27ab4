// What a replay found, summed up in bounded memory, whatever is in the log. One thread at a time; tallies of
// parts of a log are made side by side and merged in the log's order. Pure.
//
// Each record is decided by itself, but the records of one transaction are counted together: a message all of whose
// recipients are refused before is Change::not_reached, whatever its own end would say.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/record/replay.h"

namespace policy {

// The names in a log are chosen by strangers: memory must not grow with them. What finds no room is
// summed under kOthers.
inline constexpr std::size_t kMostDomains = 10'000;
inline constexpr std::size_t kMostNames = 1'000;  // rules, lists, checks: our own words, but read from a file
inline constexpr std::size_t kMostExamples = 3;   // references for each domain
inline constexpr std::string_view kOthers = "(others)";
// Transactions whose messages are still to come: more than are open at once on a busy server. A message whose
// recipients have been forgotten is counted by itself.
inline constexpr std::size_t kMostTransactions = 20'000;

struct ChangeCounts {
  std::array<std::uint64_t, kChanges> of{};

  std::uint64_t operator[](Change change) const { return of[static_cast<std::size_t>(change)]; }
  std::uint64_t& operator[](Change change) { return of[static_cast<std::size_t>(change)]; }
  std::uint64_t changed() const;  // of all that is_change
  void add(const ChangeCounts& other);
};

// Counters by name, of which the first `most` names have their own.
template <class T>
class Bounded {
 public:
  explicit Bounded(std::size_t most) : most_(most) {}

  T& operator[](std::string_view name) {
    const auto it = all_.find(name);
    if (it != all_.end()) return it->second;
    return all_.size() < most_ ? all_[std::string(name)] : others_;
  }
  const T* find(std::string_view name) const {
    const auto it = all_.find(name);
    return it == all_.end() ? nullptr : &it->second;
  }
  const auto& all() const { return all_; }
  const T& others() const { return others_; }
  T& others() { return others_; }

 private:
  std::size_t most_;
  std::map<std::string, T, std::less<>> all_;
  T others_{};
};

// What changed for the mail of one sender's domain.
struct DomainChanges {
  ChangeCounts counts;
  std::uint64_t aligned = 0;  // newly refused or deferred although DKIM passed for the From domain
  std::vector<std::string> aligned_refs, refs;  // the first of each: newly refused or deferred

  void add(const DomainChanges& other);
};

// A domain whose mail a new policy refuses, and why that may be a mistake.
struct Worry {
  std::string domain;
  DomainChanges changes;
  std::uint64_t accepted = 0;  // decisions of this log that accepted mail of the domain
};

// Of one transaction's recipients.
struct RecipientsOfOne {
  std::uint32_t passing = 0;  // accepted by the log, and not refused now: the message's end is reached
  std::uint32_t stopped = 0;  // accepted by the log, and refused, deferred or split now
  bool all_stopped() const { return stopped > 0 && passing == 0; }
};

// The recipients of the latest transactions.
class OpenTransactions {
 public:
  using Key = std::uint64_t;

  RecipientsOfOne& operator[](Key key);
  RecipientsOfOne take(Key key);  // and forget it
  void merge(const OpenTransactions& later);

 private:
  std::unordered_map<Key, RecipientsOfOne> all_;
  std::deque<Key> order_;  // of arrival; of those that were taken, too, until they are the oldest
};

class ReplayTally {
 public:
  void add(const Record& record, const Replayed& replayed);
  void add_unreadable(std::string why);  // a line that is no record; the first reason is kept
  void merge(const ReplayTally& later);  // of the next part of the log; into the sum of all parts before

  const ChangeCounts& counts() const { return counts_; }
  // Of the newly accepted, those that pass RCPT: what the message's end would have said is not in the log.
  std::uint64_t passing_rcpt() const { return passing_rcpt_; }
  std::uint64_t decided() const;  // records that were not skipped
  std::uint64_t unreadable() const { return unreadable_; }
  const std::string& first_unreadable() const { return first_unreadable_; }

  // Of the changed alone. Rules: the one that decides now, or decided before when none does now.
  const Bounded<ChangeCounts>& rules() const { return rules_; }
  const Bounded<ChangeCounts>& lists() const { return lists_; }  // those that the client was on
  const Bounded<DomainChanges>& domains() const { return domains_; }
  const Bounded<std::uint64_t>& needs() const { return needs_; }  // undecidable, by missing check
  const Bounded<std::uint64_t>& differing() const {
    return differing_;
  }  // changed by the program, by derived fact

  // The domains with newly refused or deferred mail, the most worrying first: DKIM-aligned mail, then what
  // was accepted often, then how much is refused.
  std::vector<Worry> worries() const;

 private:
  // What one record is counted as.
  struct Counted {
    Change change = Change::same;
    bool accepted = false;
    std::string domain, rule;
    TextList lists;
  };
  // A message none of whose recipients has been seen to pass: more of them may stand in an earlier part of the log.
  struct Waiting {
    OpenTransactions::Key key = 0;
    RecipientsOfOne seen;
    Counted counted;
  };
  void join(const Record& record, Counted counted);
  void count(const Counted& one);
  void take_back(const Counted& one);
  void recount(const Waiting& message, const RecipientsOfOne& now);
  void note_examples(const Record& record, const Replayed& replayed, const std::string& domain);

  ChangeCounts counts_;
  std::uint64_t passing_rcpt_ = 0;
  OpenTransactions open_;
  std::vector<Waiting> waiting_;
  std::uint64_t unreadable_ = 0;
  std::string first_unreadable_;
  Bounded<ChangeCounts> rules_{kMostNames}, lists_{kMostNames};
  Bounded<DomainChanges> domains_{kMostDomains};
  Bounded<std::uint64_t> needs_{kMostNames}, differing_{kMostNames};
  Bounded<std::uint64_t> accepted_{kMostDomains};
};

// The sender's domain as a tally names it: in lower case; "<>" for the null sender, "(none)" when there
// is no domain.
std::string sender_domain(const Record& record);

}  // namespace policy
