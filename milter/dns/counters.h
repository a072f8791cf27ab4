// What the resolver did since it began: for metrics, and for tests to see that it did not do too much.
#pragma once
#include <atomic>
#include <cstdint>

namespace milter {

struct DnsCounters {
  std::uint64_t asked = 0;       // questions to the resolver
  std::uint64_t cache_hits = 0;  // of those: answered from the cache
  std::uint64_t joined = 0;      // of those: the same question was on its way
  std::uint64_t sent = 0;        // messages to servers, all of the following included
  std::uint64_t hedged = 0;      // since another was not answered in time
  std::uint64_t over_tcp = 0;    // since a reply was truncated
  std::uint64_t without_edns = 0;
  std::uint64_t probes = 0;  // to a server thought dead
  std::uint64_t serv_fails = 0, refusals = 0, timeouts = 0, bad_replies = 0, overloads = 0;  // outcomes
  std::uint64_t in_flight = 0, pending = 0, cache_entries = 0, cache_octets = 0;             // now
};

// The same while they grow. Any thread.
struct LiveCounters {
  using Count = std::atomic<std::uint64_t>;
  Count asked{0}, cache_hits{0}, joined{0}, sent{0}, hedged{0}, over_tcp{0}, without_edns{0}, probes{0},
      serv_fails{0}, refusals{0}, timeouts{0}, bad_replies{0}, overloads{0}, in_flight{0}, pending{0};
};

inline void count(LiveCounters::Count& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

}  // namespace milter
