// The questions of one lane that wait to be sent, and how many are under way: which one is next. Each asker has a line
// of its own, and the lines take turns; one whose network has its share, or is about to have it, stands aside until it
// has room again. So nobody waits behind the questions of another network, and a network's decisions wait for its
// prefetches no longer than for one answer.
//
// A value of the engine's thread; time is an argument.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "milter/dns/flight.h"
#include "milter/dns/network_shares.h"

namespace milter {

struct LaneBounds {
  std::size_t most_in_flight;  // more, and replies are lost in socket buffers
  std::size_t most_waiting;    // at 20 ms a reply: half a second's work
  // Open questions of one owner of names: of his own accord nobody is silent to others' cost.
  std::size_t most_an_owner;
  std::chrono::milliseconds patience{5000};  // of a decision's question to be sent
};
// A mail asks its domain a dozen questions: more than five mails of one domain at the same moment wait for each other,
// for one answer's time.
inline constexpr LaneBounds kTheirs{.most_in_flight = 1000, .most_waiting = 20000, .most_an_owner = 64};
// A dozen lists. An owner is the operator of some, and may fail: half of the lane is left to the others then.
inline constexpr LaneBounds kOurs{.most_in_flight = 500, .most_waiting = 20000, .most_an_owner = 250};

// Unanswered for so long, a question no longer counts against the bound in flight: what waits for the silent takes
// memory, not the name servers' time.
inline constexpr std::chrono::seconds kCountsFor{1};
// A question that nobody waits for and that cannot be sent for so long was never asked.
inline constexpr std::chrono::seconds kPatienceAhead{1};
// One that waited for its own network's allowance for so long is that network's trouble, whatever it meets then.
inline constexpr std::chrono::seconds kHeldUp{1};
// Lines in which one question waits: further ones wait with those.
inline constexpr std::size_t kMostLines = 16;

class LaneQueue {
 public:
  using Time = Deadline;

  LaneQueue(Lane lane, LaneBounds bounds)
      : lane_(lane), bounds_(bounds), slots_(kSharesMemory), places_(std::chrono::seconds(0)) {}

  // Queues a new question for its payer. False: his network has too many waiting already.
  bool add(const FlightPtr& flight, Time now);
  // Another asks the same, for a decision. The question is his from now on, if it was asked ahead.
  void join(const FlightPtr& flight, const Asker& asker, Time now);

  // The next to be sent, or null: none may be. It is under way from now on, until ended().
  FlightPtr next(Time now);
  void grew_old(Flight& flight);  // it no longer counts
  void ended(Flight& flight, Time now);

  void look_again(Time now);                 // who stood aside may try again
  std::vector<FlightPtr> overdue(Time now);  // those that waited too long: they wait no more
  std::vector<FlightPtr> all_waiting();      // at the end: they wait no more

  std::size_t in_flight() const { return counting_; }

 private:
  struct Ticket {
    FlightPtr flight;
    Asker asker;
    Time since{};
  };
  struct Line {
    std::string name;
    std::deque<Ticket> decision, ahead;
    bool empty() const { return decision.empty() && ahead.empty(); }
  };
  enum class Turn { started, aside, over };

  bool queue(const FlightPtr& flight, const Asker& asker, Time now);
  void into_line(Ticket ticket);
  Turn turn(Line& line, Time now, FlightPtr& started);
  bool pass_by(std::deque<Ticket>& tickets, Time now);
  void start(Ticket& ticket, Time now);
  void drop(const Ticket& ticket, Time now);
  std::size_t free() const;

  const Lane lane_;
  const LaneBounds bounds_;
  NetworkShares slots_, places_;  // under way; waiting
  std::unordered_map<std::string, Line> lines_;
  std::deque<Line*> ready_, aside_;                      // each line stands in one of them
  std::vector<Ticket> behind_owner_;                     // their names' owners have their bound open
  std::multimap<Time, FlightPtr> due_;                   // may hold those that do not wait any more
  std::unordered_map<std::string, std::size_t> owners_;  // questions under way
  std::size_t counting_ = 0;
  std::size_t waiting_ = 0;  // tickets
  Time next_sweep_{};
};

}  // namespace milter
