// Internet addresses as values: what a client connects from, what a name resolves to, what a network
// contains. Pure; any thread. An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is the IPv4 address:
// RFC 7208 section 5.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace policy {

class Address {
 public:
  using V4 = std::array<std::uint8_t, 4>;
  using V6 = std::array<std::uint8_t, 16>;

  Address() = default;  // 0.0.0.0
  explicit Address(const V4& bytes);
  explicit Address(const V6& bytes);  // a mapped address becomes IPv4

  // "192.0.2.1", "2001:db8::1", "IPv6:2001:db8:0:0:0:0:0:1" (Sendmail, RFC 5321 4.1.3); nullopt:
  // not an address.
  static std::optional<Address> parse(std::string_view text);

  bool is_v4() const { return v4_; }
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), v4_ ? 4U : 16U}; }
  std::string text() const;  // dotted quad, or RFC 5952

  // "1.2.0.192" or the 32 reversed nibbles: what stands before in-addr.arpa, ip6.arpa or a list's
  // zone (RFC 5782).
  std::string reversed() const;
  std::string reverse_name() const;  // "1.2.0.192.in-addr.arpa"

  // Reachable from the public internet: not loopback, private, link-local,
  // unspecified, documentation excepted.
  bool is_public() const;
  bool is_loopback() const;

  auto operator<=>(const Address&) const = default;

 private:
  bool v4_ = true;
  V6 bytes_{};
};

// An address block. "192.0.2.0/24"; a bare address is a block of one. Bits beyond the prefix are ignored.
struct Network {
  Address base;
  int prefix = 32;  // 0..32 or 0..128

  static std::optional<Network> parse(std::string_view text);
  bool contains(const Address& address) const;  // false across families
  std::string text() const;
  bool operator==(const Network&) const = default;
};

}  // namespace policy
