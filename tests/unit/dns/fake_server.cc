#include "tests/unit/dns/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace milter {

namespace {

using Bytes = FakeServer::Bytes;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool bind_to(int socket, std::uint16_t port) {
  const auto address = loopback(port);
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// Where the question of a query ends.
std::size_t question_end(const Bytes& query) {
  std::size_t at = 12;
  while (at < query.size() && query[at] != 0) at += 1U + query[at];
  return std::min(at + 5, query.size());
}

bool has_edns(const Bytes& query) { return query[11] != 0; }

// Header and question back, with these flags.
Bytes header_of(const Bytes& query, std::uint8_t flags, std::uint8_t code) {
  Bytes reply(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(question_end(query)));
  reply[2] = static_cast<std::uint8_t>(0x81 | flags);
  reply[3] = static_cast<std::uint8_t>(0x80 | code);
  std::fill(reply.begin() + 6, reply.begin() + 12, std::uint8_t{0});
  return reply;
}

std::optional<Bytes> one_address(const Bytes& query) {
  auto reply = header_of(query, 0, 0);
  const Bytes record{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
  if (reply[reply.size() - 3] != 1) return reply;  // not A: NODATA
  reply[7] = 1;
  reply.insert(reply.end(), record.begin(), record.end());
  return reply;
}

Bytes read_exactly(int socket, std::size_t size) {
  Bytes out(size);
  std::size_t got = 0;
  while (got < size) {
    const auto part = recv(socket, out.data() + got, size - got, 0);
    if (part <= 0) return {};
    got += static_cast<std::size_t>(part);
  }
  return out;
}

}  // namespace

FakeServer::FakeServer(Backend backend) : backend_(backend ? std::move(backend) : one_address) {
  for (int attempt = 0; attempt < 50; ++attempt) {  // the UDP port may be taken on TCP
    udp_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    tcp_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind_to(udp_, 0) && bind_to(tcp_, port_of(udp_)) && listen(tcp_, 16) == 0) break;
    close(udp_);
    close(tcp_);
    udp_ = -1;
  }
  if (udp_ < 0) throw std::runtime_error("no free port");
  port_ = port_of(udp_);
  thread_ = std::thread([this] { run(); });
}

FakeServer::~FakeServer() {
  stopping_ = true;
  thread_.join();
  for (const int socket : mute_) close(socket);
  close(udp_);
  close(tcp_);
}

ServerAddress FakeServer::address() const { return {*policy::Address::parse("127.0.0.1"), port_}; }

void FakeServer::set(Fault fault, std::chrono::milliseconds delay) {
  delay_ms_ = delay.count();
  fault_ = fault;
}

void FakeServer::run() {
  while (!stopping_) {
    pollfd ready[2] = {{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
    poll(ready, 2, 5);
    if ((ready[0].revents & POLLIN) != 0) on_udp();
    if ((ready[1].revents & POLLIN) != 0) on_tcp();
    send_late();
  }
}

void FakeServer::on_udp() {
  Bytes query(4096), from(sizeof(sockaddr_storage));
  socklen_t size = static_cast<socklen_t>(from.size());
  const auto got =
      recvfrom(udp_, query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(from.data()), &size);
  if (got < 17) return;
  query.resize(static_cast<std::size_t>(got));
  from.resize(size);
  ++queries_;
  auto reply = reply_to(query, false);
  if (!reply) return;
  late_.push_back({std::chrono::steady_clock::now() + std::chrono::milliseconds(delay_ms_), *std::move(reply),
                   std::move(from)});
}

void FakeServer::send_late() {
  const auto now = std::chrono::steady_clock::now();
  const auto is_due = [&](const Late& late) { return late.due <= now; };
  for (const auto& late : late_)
    if (is_due(late))
      sendto(udp_, late.reply.data(), late.reply.size(), 0, reinterpret_cast<const sockaddr*>(late.to.data()),
             static_cast<socklen_t>(late.to.size()));
  std::erase_if(late_, is_due);
}

void FakeServer::on_tcp() {
  const int socket = accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) return;
  ++tcp_queries_;
  if (fault_ == Fault::mute_tcp) {
    mute_.push_back(socket);
    return;
  }
  if (fault_ != Fault::dead_tcp) {
    const auto length = read_exactly(socket, 2);
    const auto query =
        length.empty() ? length : read_exactly(socket, std::size_t{length[0]} << 8 | length[1]);
    if (query.size() >= 17) {
      if (auto reply = reply_to(query, true)) {
        const Bytes framed{static_cast<std::uint8_t>(reply->size() >> 8),
                           static_cast<std::uint8_t>(reply->size() & 0xff)};
        reply->insert(reply->begin(), framed.begin(), framed.end());
        send(socket, reply->data(), reply->size(), MSG_NOSIGNAL);
      }
    }
  }
  close(socket);
}

std::optional<Bytes> FakeServer::reply_to(const Bytes& query, bool tcp) {
  constexpr std::uint8_t kTruncated = 2;
  switch (fault_.load()) {
    case Fault::none:
    case Fault::late:
      break;
    case Fault::serv_fail:
      return header_of(query, 0, 2);
    case Fault::refused:
      return header_of(query, 0, 5);
    case Fault::form_error:
      return header_of(query, 0, 1);
    case Fault::silent:
      return std::nullopt;
    case Fault::empty:
      return header_of(query, 0, 0);
    case Fault::wrong_id: {
      auto reply = backend_(query);
      if (reply) (*reply)[0] ^= 0x55;
      return reply;
    }
    case Fault::other_name: {
      auto reply = backend_(query);
      if (reply) (*reply)[13] ^= 0x03;
      return reply;
    }
    case Fault::garbage: {
      Bytes reply(60, 0xa7);
      reply[0] = query[0];
      reply[1] = query[1];
      return reply;
    }
    case Fault::cut_short: {
      auto reply = header_of(query, 0, 0);
      reply[7] = 3;
      return reply;
    }
    case Fault::truncated:
    case Fault::dead_tcp:
    case Fault::mute_tcp:
      if (!tcp) return header_of(query, kTruncated, 0);
      break;
    case Fault::no_edns:
      if (has_edns(query)) return header_of(query, 0, 1);
      break;
  }
  return backend_(query);
}

std::optional<Bytes> forward(const Bytes& query, const ServerAddress& to) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(to.port);
  const timeval patience{2, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  Bytes reply(4096);
  ssize_t got = -1;
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(socket, query.data(), query.size(), 0) > 0)
    got = recv(socket, reply.data(), reply.size(), 0);
  close(socket);
  if (got < 12) return std::nullopt;
  reply.resize(static_cast<std::size_t>(got));
  return reply;
}

}  // namespace milter
