// Where a name server listens. Pure but for system_servers; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/address.h"

namespace milter {

struct ServerAddress {
  policy::Address ip;
  std::uint16_t port = 53;

  // "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"; nullopt: none of these.
  static std::optional<ServerAddress> parse(std::string_view text);
  std::string text() const;  // in these forms; the port only where it is not 53
  bool operator==(const ServerAddress&) const = default;
};

// The servers of the host's resolv.conf, in its order; 127.0.0.1 where it names none. Reads the file.
std::vector<ServerAddress> system_servers();

// Those that are not on loopback. The engine asks a server from one UDP port for many questions, so that only
// 16 random bits keep a forger out (RFC 5452): fine on loopback, worth a warning at start elsewhere.
std::vector<ServerAddress> not_on_loopback(const std::vector<ServerAddress>& servers);

}  // namespace milter
