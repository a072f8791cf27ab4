// Asks name servers, on a thread of its own: when to ask which server, when to ask another one too, when to
// give up. c-ares only carries the octets (channel.h), reply_parser.h reads them.
//
// One question: it is asked of the best server. After `hedge_after` without an answer the next server is
// asked too (or the only one again), and at three and six times that; the last time without EDNS. The first
// firm answer counts, from whomever. A server that fails sends the question to a server not yet asked. One
// that nobody waits for is sent once. Nothing a waiter does cancels a question.
//
// Two lanes, each with slots and a queue of its own (lane_queue.h): a list never waits behind a name that
// a stranger chose.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "milter/dns/cache.h"
#include "milter/dns/channel.h"
#include "milter/dns/counters.h"
#include "milter/dns/lane_queue.h"
#include "milter/dns/poller.h"
#include "milter/dns/server_memory.h"

namespace milter {

struct EngineSettings {
  std::vector<ServerAddress> servers;          // at least one
  std::chrono::milliseconds timeout{5000};     // of a question, and of its wait to be asked
  std::chrono::milliseconds hedge_after{500};  // a cold resolver may need this long
  LaneBounds theirs = kTheirs, ours = kOurs;   // their patience is `timeout`
};

// An answer cache for each lane: a stranger's names never push a list's answers out.
struct AnswerCaches {
  AnswerCache theirs, ours;
  AnswerCache& of(Lane lane) { return lane == Lane::ours ? ours : theirs; }
};

class Engine {
 public:
  // Starts the thread. `caches` and `counters` outlive the engine. Throws where the system gives no
  // thread or descriptor.
  Engine(EngineSettings settings, AnswerCaches& caches, LiveCounters& counters);
  // Answers what is open with trouble.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Any thread; does not block. False: too much is pending, nothing was done; else `question` is moved from.
  bool submit(Question& question, const PendingLookup& pending, const Asker& asker);
  // Another asks what is open, for a decision. Any thread; does not block.
  void join(const Lookup& open, const Asker& asker);

 private:
  using Time = Deadline;

  struct Joining {
    Lookup open;
    Asker asker;
  };
  // One message to one server.
  struct Attempt {
    FlightPtr flight;
    std::size_t server = 0;
    Transport transport = Transport::udp;
    Edns edns = Edns::with;
  };
  // How an attempt ended.
  struct End {
    enum class Kind { outcome, truncated, no_edns, no_answer, no_connection };
    Attempt attempt;
    Kind kind;
    std::optional<Outcome> outcome;
  };

  void run();
  void turn();
  void receive();
  std::chrono::milliseconds patience();
  void queue_arrived(Time now);
  void queue(const FlightPtr& flight, Time now);
  void start_waiting();
  void start(const FlightPtr& flight, Time now);
  std::uint64_t unused_tag();
  void send(Attempt attempt);
  void send_round(const FlightPtr& flight, Time now);
  void note_end(std::uint64_t tag, Channel::End end, Octets reply);
  void settle_ends();
  void settle(End& end, Time now);
  void fail(const FlightPtr& flight, const End& end, Time now);
  void tick(Time now);
  void expire_waiting(Time now);
  void step(const FlightPtr& flight, Time now);
  void finish(const FlightPtr& flight, Outcome outcome);
  void give_up(Flight& flight, Trouble trouble);
  void give_up_unsent(Flight& flight);
  LaneQueue& lane_of(const Flight& flight) { return lanes_[static_cast<std::size_t>(flight.payer.lane)]; }
  void keep(const Flight& flight, Outcome outcome);
  void wake_answered();
  Channel& channel(std::size_t server, Transport transport);

  const EngineSettings settings_;
  AnswerCaches& caches_;
  LiveCounters& counters_;
  Poller poller_;

  std::mutex inbox_mutex_;
  std::vector<FlightPtr> inbox_;
  std::vector<Joining> joins_inbox_;
  bool asleep_ = false;  // the thread waits, or is about to: it must be rung for
  std::atomic<bool> stopping_{false};
  std::array<std::atomic<std::size_t>, 2> waiting_{};  // by lane: given to submit(), and not sent yet

  // The thread's own.
  ServerMemory servers_;
  std::vector<FlightPtr> arrived_;
  std::vector<Joining> joining_;  // whose question may not have arrived yet
  std::array<LaneQueue, 2> lanes_;
  std::unordered_map<const void*, FlightPtr> open_;  // by PendingLookup::identity
  std::vector<FlightPtr> active_;
  std::vector<Attempt> attempts_;  // by tag; without a flight where the tag is free
  std::vector<std::uint64_t> free_tags_;
  std::vector<End> ends_, settling_;
  std::vector<PendingLookup> answered_;  // to be woken together: an asker has several questions
  Time next_tick_{};
  std::vector<std::unique_ptr<Channel>> channels_;  // two a server; their end calls note_end: declared last

  std::thread thread_;
};

}  // namespace milter
