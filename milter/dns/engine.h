// Asks name servers, on a thread of its own: when to ask which server, when to ask another one too, when to
// give up. c-ares only carries the octets (channel.h), reply_parser.h reads them.
//
// One question: it is asked of the best server. After `hedge_after` without an answer the next server is
// asked too (or the only one again), and at three and six times that; the last time without EDNS. The first
// firm answer counts, from whomever. A server that fails sends the question to a server not yet asked.
// Nothing a waiter does cancels a question.
#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "milter/dns/cache.h"
#include "milter/dns/channel.h"
#include "milter/dns/counters.h"
#include "milter/dns/poller.h"
#include "milter/dns/server_memory.h"

namespace milter {

struct EngineSettings {
  std::vector<ServerAddress> servers;          // at least one
  std::chrono::milliseconds timeout{5000};     // of a question, and of its wait to be asked
  std::chrono::milliseconds hedge_after{500};  // a cold resolver may need this long
  std::size_t most_in_flight = 1000;           // more, and replies are lost in socket buffers
  std::size_t most_pending = 20000;            // at 20 ms a reply: half a second's work
};

class Engine {
 public:
  // Starts the thread. `cache` and `counters` outlive the engine. Throws where the system gives no thread or
  // descriptor.
  Engine(EngineSettings settings, AnswerCache& cache, LiveCounters& counters);
  // Answers what is open with trouble.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Any thread; does not block. False: too much is pending, nothing was done; else `question` is moved from.
  bool submit(Question& question, const PendingLookup& pending);

 private:
  using Time = Deadline;

  // A question under way.
  struct Flight {
    explicit Flight(PendingLookup asked) : pending(std::move(asked)) {}

    Question question;
    PendingLookup pending;
    Time created, started;
    std::vector<std::uint8_t> tries;  // by server
    std::size_t rounds = 0;           // asked by schedule so far
    std::size_t last_server = 0;      // of the last round
    Time last_sent;
    int outstanding = 0;             // attempts
    std::optional<Trouble> trouble;  // of the attempts that failed
    std::size_t place = 0;           // in active_
    bool done = false;
  };
  using FlightPtr = std::shared_ptr<Flight>;

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
  void start_pending();
  void start(const FlightPtr& flight, Time now);
  std::uint64_t unused_tag();
  void send(Attempt attempt);
  void send_round(const FlightPtr& flight, Time now);
  void note_end(std::uint64_t tag, Channel::End end, Octets reply);
  void settle_ends();
  void settle(End& end, Time now);
  void fail(const FlightPtr& flight, const End& end, Time now);
  void tick(Time now);
  void expire_pending(Time now);
  void step(const FlightPtr& flight, Time now);
  void finish(const FlightPtr& flight, Outcome outcome);
  void give_up(Flight& flight, Trouble trouble);
  void keep(const Flight& flight, Outcome outcome);
  void wake_answered();
  Channel& channel(std::size_t server, Transport transport);

  const EngineSettings settings_;
  AnswerCache& cache_;
  LiveCounters& counters_;
  Poller poller_;

  std::mutex inbox_mutex_;
  std::vector<FlightPtr> inbox_;
  bool asleep_ = false;  // the thread waits, or is about to: it must be rung for
  std::atomic<bool> stopping_{false};

  // The thread's own.
  ServerMemory servers_;
  std::vector<FlightPtr> arrived_;
  std::deque<FlightPtr> pending_;  // oldest first
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
