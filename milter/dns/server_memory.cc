#include "milter/dns/server_memory.h"

#include <algorithm>
#include <tuple>

namespace milter {

void ServerMemory::answered(std::size_t server, Time now) {
  servers_[server].last_answer = now;
  servers_[server].silent = false;
}

void ServerMemory::left_unanswered(std::size_t server, Time sent) {
  if (servers_[server].last_answer < sent) servers_[server].silent = true;
}

ServerMemory::Time ServerMemory::last_answer() const {
  Time last{};
  for (const auto& server : servers_) last = std::max(last, server.last_answer);
  return last;
}

Edns ServerMemory::edns(std::size_t server, Time now) const {
  return servers_[server].plain_until > now ? Edns::without : Edns::with;
}

std::size_t ServerMemory::choose(std::span<const std::uint8_t> tries) const {
  const auto rank = [&](std::size_t i) { return std::tuple(tries[i], servers_[i].silent, i); };
  std::size_t best = 0;
  for (std::size_t i = 1; i < servers_.size(); ++i)
    if (rank(i) < rank(best)) best = i;
  return best;
}

std::optional<std::size_t> ServerMemory::probe(std::size_t chosen, Time now) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    auto& server = servers_[i];
    if (i == chosen || !server.silent || now < server.last_probe + kProbeEvery) continue;
    server.last_probe = now;
    return i;
  }
  return std::nullopt;
}

}  // namespace milter
