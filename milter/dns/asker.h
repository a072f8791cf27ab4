// Who asks DNS a question, and how much hangs on it: what decides when it is sent, and who pays for it. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/address.h"

namespace milter {

// Two ways to the name servers that never wait for each other.
enum class Lane : std::uint8_t {
  theirs,  // names that strangers chose: PTR, MX, SPF, DKIM, DMARC
  ours     // zones that the policy chose: DNS lists and their test points
};

enum class Urgency : std::uint8_t {
  ahead,    // nobody waits for it yet
  decision  // a decision does
};

struct Asker {
  Lane lane = Lane::theirs;
  Urgency urgency = Urgency::decision;
  std::optional<policy::Address> client;  // whose network pays; none: nobody's, as for a list's self-test
};

// A block of addresses that may belong to one customer of somebody's, as octets: its length, then its prefix.
using Block = std::string;

// The blocks that `address` is in, narrowest first: /24 and /16; /64, /56, /48 and /32, which are what a host, a
// household, a site and a provider are given (RFC 6177).
std::vector<Block> blocks_of(const policy::Address& address);

// The narrowest of them. "" without a client.
Block network_of(const std::optional<policy::Address>& client);

// Whose name it is: the registrable domain; of a name in the reverse tree the /24 or /48 that it is in, since that is
// what is delegated. A public suffix is its own owner. `name`: as policy::normal_name makes it.
std::string owner_of_name(std::string_view name);

}  // namespace milter
