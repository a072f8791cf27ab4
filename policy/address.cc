#include "policy/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "policy/text.h"

namespace policy {
namespace {

// The longest text of an address is INET6_ADDRSTRLEN (46); "IPv6:" in front.
constexpr std::size_t kLongestText = 51;

bool within(const Address& address, std::initializer_list<std::string_view> blocks) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](std::string_view block) { return Network::parse(block)->contains(address); });
}

}  // namespace

Address::Address(const V4& bytes) { std::copy(bytes.begin(), bytes.end(), bytes_.begin()); }

Address::Address(const V6& bytes) {
  constexpr V6 kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  v4_ = std::equal(bytes.begin(), bytes.begin() + 12, kMapped.begin());
  if (v4_)
    std::copy(bytes.begin() + 12, bytes.end(), bytes_.begin());
  else
    bytes_ = bytes;
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.size() > kLongestText || text.find('\0') != std::string_view::npos) return std::nullopt;
  if (same_name(text.substr(0, 5), "IPv6:")) text.remove_prefix(5);
  const std::string zero_ended(text);
  V4 v4{};
  if (inet_pton(AF_INET, zero_ended.c_str(), v4.data()) == 1) return Address(v4);
  V6 v6{};
  if (inet_pton(AF_INET6, zero_ended.c_str(), v6.data()) == 1) return Address(v6);
  return std::nullopt;
}

std::string Address::text() const {
  char out[INET6_ADDRSTRLEN] = "";
  inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), out, sizeof out);
  return out;
}

std::string Address::reversed() const {
  std::string out;
  const auto all = bytes();
  for (auto byte = all.rbegin(); byte != all.rend(); ++byte) {
    if (!out.empty()) out += '.';
    if (v4_) {
      out += std::to_string(*byte);
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += kHex[*byte & 15U];
      out += '.';
      out += kHex[*byte >> 4U];
    }
  }
  return out;
}

std::string Address::reverse_name() const { return reversed() + (v4_ ? ".in-addr.arpa" : ".ip6.arpa"); }

bool Address::is_loopback() const { return within(*this, {"127.0.0.0/8", "::1"}); }

// RFC 6890 and its registry, without the documentation blocks: those are never routed, but every example uses
// them, and refusing them would protect nobody.
bool Address::is_public() const {
  return !within(*this, {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                         "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::", "::1",
                         "fc00::/7", "fe80::/10", "ff00::/8"});
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  const int most = base->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Network{*base, most};
  const auto digits = text.substr(slash + 1);
  int prefix = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc{} || end != digits.data() + digits.size() || prefix < 0 || prefix > most)
    return std::nullopt;
  return Network{*base, prefix};
}

bool Network::contains(const Address& address) const {
  if (address.is_v4() != base.is_v4()) return false;
  const auto a = address.bytes();
  const auto b = base.bytes();
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  const int rest = prefix % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

std::string Network::text() const {
  return base.text() + (prefix == (base.is_v4() ? 32 : 128) ? "" : "/" + std::to_string(prefix));
}

}  // namespace policy
