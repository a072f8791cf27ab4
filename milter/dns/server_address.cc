#include "milter/dns/server_address.h"

#include <ares.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

namespace milter {

namespace {

constexpr std::uint16_t kDnsPort = 53;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end || port == 0) return std::nullopt;
  return port;
}

std::optional<ServerAddress> join(std::string_view ip, std::string_view port) {
  const auto address = policy::Address::parse(ip);
  const auto number = parse_port(port);
  if (!address || !number) return std::nullopt;
  return ServerAddress{*address, *number};
}

ServerAddress from_node(const ares_addr_port_node& node) {
  const auto port = node.udp_port == 0 ? kDnsPort : static_cast<std::uint16_t>(node.udp_port);
  if (node.family == AF_INET) {
    policy::Address::V4 bytes;
    std::memcpy(bytes.data(), &node.addr.addr4, bytes.size());
    return {policy::Address(bytes), port};
  }
  policy::Address::V6 bytes;
  std::memcpy(bytes.data(), &node.addr.addr6, bytes.size());
  return {policy::Address(bytes), port};
}

struct DestroyChannel {
  void operator()(ares_channel channel) const { ares_destroy(channel); }
};
struct FreeNodes {
  void operator()(ares_addr_port_node* nodes) const { ares_free_data(nodes); }
};

}  // namespace

std::optional<ServerAddress> ServerAddress::parse(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find("]:");
    if (close == std::string_view::npos) return std::nullopt;
    return join(text.substr(1, close - 1), text.substr(close + 2));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) {
    const auto colon = text.find(':');
    return join(text.substr(0, colon), text.substr(colon + 1));
  }
  const auto address = policy::Address::parse(text);
  if (!address) return std::nullopt;
  return ServerAddress{*address, kDnsPort};
}

std::string ServerAddress::text() const {
  if (port == kDnsPort) return ip.text();
  return fmt::format(fmt::runtime(ip.is_v4() ? "{}:{}" : "[{}]:{}"), ip.text(), port);
}

std::vector<ServerAddress> system_servers() {
  std::vector<ServerAddress> fallback{*ServerAddress::parse("127.0.0.1")};
  ares_channel raw = nullptr;
  if (ares_init(&raw) != ARES_SUCCESS) return fallback;
  const std::unique_ptr<ares_channeldata, DestroyChannel> channel(raw);
  ares_addr_port_node* first = nullptr;
  if (ares_get_servers_ports(channel.get(), &first) != ARES_SUCCESS) return fallback;
  const std::unique_ptr<ares_addr_port_node, FreeNodes> nodes(first);
  std::vector<ServerAddress> servers;
  for (const auto* node = nodes.get(); node != nullptr; node = node->next)
    servers.push_back(from_node(*node));
  return servers.empty() ? fallback : servers;
}

std::vector<ServerAddress> not_on_loopback(const std::vector<ServerAddress>& servers) {
  std::vector<ServerAddress> out;
  std::copy_if(servers.begin(), servers.end(), std::back_inserter(out),
               [](const ServerAddress& server) { return !server.ip.is_loopback(); });
  return out;
}

}  // namespace milter
