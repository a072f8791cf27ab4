// How many of the distinct subjects a list lists, against its own history: a list that suddenly lists nearly
// everybody (or allows nearly everybody) may have changed its mind about what it is. Or somebody comes with
// listed addresses in turn, or a wave of bots does: so it is a reason to ask the test points, never one by
// itself to doubt the list. A value of one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace milter {

// What counts as one: the /24 or /64 of an address, the registrable domain of a name. Who has one listed
// address has many more in that network, and a listed domain has as many names below it as its owner likes.
std::string counted_as(std::string_view subject);

// The last kWindow distinct clients are compared with those that left the window before them. No clock: a
// small site needs as many clients as a large one to be sure, only longer.
class HitRate {
 public:
  void observe(std::string_view subject, bool listed);

  // The share now is out of all proportion to the history. Stays so until the share has come
  // down halfway again.
  bool tripped() const { return tripped_; }
  // "98 of the last 100 clients, before 12%": "" until there is a history.
  std::string text() const;

 private:
  struct Seen {
    std::size_t client = 0;  // a hash: two clients that share one count once, which does no harm
    bool listed = false;
  };
  void remember(bool listed);
  void compare();
  double usual_odds() const;

  std::deque<Seen> window_;  // oldest first
  std::unordered_set<std::size_t> in_window_;
  int listed_ = 0;   // in the window
  double past_ = 0;  // clients that left the window, and how many of them were listed; old ones fade
  double past_listed_ = 0;
  bool tripped_ = false;
};

inline constexpr std::size_t kWindow = 100;         // distinct clients
inline constexpr std::size_t kFewestInWindow = 50;  // below, chance plays too large a part
inline constexpr int kFewestInHistory = 200;
// Of the odds (listed : not listed) now, to the usual odds. From 2% usual it takes the floor, from 30% a
// share of 78%, from 60% one of 93%: a bot attack on a list that usually lists many does not trip it easily.
inline constexpr double kOddsToTrip = 8;
inline constexpr double kOddsToCalm = 4;
inline constexpr double kLeastShare = 0.25;  // a list that lists less than a quarter refuses no world
inline constexpr double kLongestHistory =
    10000;  // then old clients count half: the history follows slow change

}  // namespace milter
