#include "milter/dns/asker.h"

#include <array>
#include <span>

#include "milter/dns/suffix.h"

namespace milter {
namespace {

constexpr std::array kV4Lengths{24, 16};
constexpr std::array kV6Lengths{64, 56, 48, 32};
constexpr int kBitsAnOctet = 8;

Block block(std::span<const std::uint8_t> address, int length) {
  Block out(1, static_cast<char>(length));
  for (const auto octet : address.first(static_cast<std::size_t>(length / kBitsAnOctet)))
    out += static_cast<char>(octet);
  return out;
}

// The last `count` labels of `name`, or all of it.
std::string_view last_labels(std::string_view name, int count) {
  auto from = name.size();
  while (count-- > 0 && from != std::string_view::npos && from > 0) from = name.rfind('.', from - 1);
  return from == std::string_view::npos || from == 0 ? name : name.substr(from + 1);
}

}  // namespace

std::vector<Block> blocks_of(const policy::Address& address) {
  std::vector<Block> out;
  const auto lengths = address.is_v4() ? std::span<const int>(kV4Lengths) : std::span<const int>(kV6Lengths);
  for (const auto length : lengths) out.push_back(block(address.bytes(), length));
  return out;
}

Block network_of(const std::optional<policy::Address>& client) {
  if (!client) return {};
  return block(client->bytes(), client->is_v4() ? kV4Lengths.front() : kV6Lengths.front());
}

std::string owner_of_name(std::string_view name) {
  constexpr int kLabelsOfV4 = 2 + 3;   // in-addr.arpa and the octets of a /24
  constexpr int kLabelsOfV6 = 2 + 12;  // ip6.arpa and the nibbles of a /48
  if (name.ends_with(".in-addr.arpa")) return std::string(last_labels(name, kLabelsOfV4));
  if (name.ends_with(".ip6.arpa")) return std::string(last_labels(name, kLabelsOfV6));
  auto domain = registrable_domain(name);
  return domain.empty() ? std::string(name) : domain;
}

}  // namespace milter
