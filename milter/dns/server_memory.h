// What the engine remembers of its servers: which one answers, which is silent, which does not know EDNS. A
// server that left questions unanswered is asked last, and now and then, to see whether it is back.
//
// One thread. Servers go by their index in the configuration.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "milter/dns/wire.h"

namespace milter {

// How often a silent server gets one question beside the server that answers.
inline constexpr std::chrono::seconds kProbeEvery{2};
// How long a server that refused EDNS is asked without.
inline constexpr std::chrono::minutes kPlainFor{10};

class ServerMemory {
 public:
  using Time = Deadline;

  explicit ServerMemory(std::size_t servers) : servers_(servers) {}

  std::size_t count() const { return servers_.size(); }
  bool is_silent(std::size_t server) const { return servers_[server].silent; }
  void answered(std::size_t server, Time now);
  // A question sent at `sent` was not answered in time. Unless the server answered another since.
  void left_unanswered(std::size_t server, Time sent);
  Time last_answer() const;  // of any
  void refused_edns(std::size_t server, Time now) { servers_[server].plain_until = now + kPlainFor; }
  Edns edns(std::size_t server, Time now) const;

  // The server to ask next, given how often each was asked this question: the least asked, then one that
  // answers, then the first configured. REQUIRES tries.size() == count().
  std::size_t choose(std::span<const std::uint8_t> tries) const;
  // A silent server that may be asked beside `chosen` now, to see whether it is back; at most
  // one every kProbeEvery.
  std::optional<std::size_t> probe(std::size_t chosen, Time now);

 private:
  struct Server {
    Time last_answer{}, last_probe{}, plain_until{};
    bool silent = false;
  };
  std::vector<Server> servers_;
};

}  // namespace milter
