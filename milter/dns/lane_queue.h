// The questions of one lane that wait to be sent, and how many are under way: which one is next. Each asker
// has a line of its own, and the lines take turns; one whose network has its share, or is about to have it,
// stands aside until it has room again. So nobody waits behind the questions of another network, and a
// network's decisions wait for its prefetches no longer than for one answer.
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
  std::size_t most_in_flight;  // the resolver's work that it may take
  std::size_t most_waiting;    // at 20 ms a reply: half a second's work
  // Open questions of one owner of names: of his own accord nobody is silent to others' cost.
  std::size_t most_an_owner;
  std::chrono::milliseconds patience{5000};  // of a decision's question to be sent
};
// Both together are below what resolvers take before they drop questions, whosever: about a thousand at a
// time (unbound's num-queries-per-thread, BIND's recursive-clients), with a margin for those that they work
// on for longer than we think. A mail asks its domain a dozen questions: more than five mails of one domain
// at the same moment wait for each other, for one answer's time.
inline constexpr LaneBounds kTheirs{.most_in_flight = 500, .most_waiting = 20000, .most_an_owner = 64};
// A dozen lists. An owner is the operator of some, and may fail: half of the lane is left to the others then.
inline constexpr LaneBounds kOurs{.most_in_flight = 250, .most_waiting = 20000, .most_an_owner = 125};

// For so long after it was sent a question without answer takes its slot, though we gave it up before: the resolver
// still works on it. (unbound asks a silent server five times, and waits 0.4 s, then twice as long each time; for the
// second question to that server it begins with 0.8 s, which makes 23.)
inline constexpr std::chrono::seconds kResolversPatience{24};
// A question that nobody waits for and that cannot be sent for so long was never asked.
inline constexpr std::chrono::seconds kPatienceAhead{1};
// One that waited for its own network's allowance for so long is that network's trouble, whatever it meets then.
inline constexpr std::chrono::seconds kHeldUp{1};
// Lines in which one question waits: further ones wait with those.
inline constexpr std::size_t kMostLines = 16;
// The part of the slots that only networks may take that have next to nothing.
inline constexpr std::size_t kReserve = 10;

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
  void ended(Flight& flight, Time now);
  // We gave it up without an answer: its slot is taken until kResolversPatience is over, or forget_given_up().
  void given_up(Flight& flight);
  // The resolver answers nobody: it works on nothing any more, as far as we know.
  void forget_given_up(Time now);

  void look_again(Time now);                 // who stood aside may try again
  std::vector<FlightPtr> overdue(Time now);  // those that waited too long: they wait no more
  std::vector<FlightPtr> all_waiting();      // at the end: they wait no more

  std::size_t in_flight() const { return counting_; }  // those that were given up included

 private:
  struct Ticket {
    FlightPtr flight;
    Asker asker;
    Time since{};
  };
  struct Line {
    std::string name;
    std::deque<Ticket> decision, ahead;
    bool aside = false;
    bool empty() const { return decision.empty() && ahead.empty(); }
  };
  struct Slot {
    Asker payer;
    Time from{};
  };
  enum class Turn { started, aside, over };

  bool queue(const FlightPtr& flight, const Asker& asker, Time now);
  void into_line(Ticket ticket);
  bool has_slot(const Asker& asker, Time now) const;
  void make_ready(const std::string& line);
  Turn turn(Line& line, Time now, FlightPtr& started);
  bool pass_by(std::deque<Ticket>& tickets, Time now);
  void start(Ticket& ticket, Time now);
  void drop(const Ticket& ticket, Time now);
  void free_slot(const Slot& slot, Time now);
  void free_owner(Flight& flight);
  std::size_t free() const;

  const Lane lane_;
  const LaneBounds bounds_;
  NetworkShares slots_, places_;  // under way; waiting
  std::unordered_map<std::string, Line> lines_;
  std::deque<Line*> ready_;                              // each line stands here or aside
  std::vector<std::string> aside_;                       // some of them may have gone, or be ready again
  std::vector<Ticket> behind_owner_;                     // their names' owners have their bound open
  std::multimap<Time, FlightPtr> due_;                   // may hold those that do not wait any more
  std::unordered_map<std::string, std::size_t> owners_;  // questions under way
  std::deque<Slot> given_up_;                            // oldest first, but for those that were joined
  std::size_t counting_ = 0;
  std::size_t waiting_ = 0;  // tickets
  Time next_sweep_{};
};

}  // namespace milter
