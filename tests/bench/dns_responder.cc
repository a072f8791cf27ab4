#include "tests/bench/dns_responder.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <stdexcept>
#include <vector>

namespace milter {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kBuffer = 8 << 20;

struct Late {
  Clock::time_point due;
  sockaddr_in to;
  std::vector<std::uint8_t> reply;
};

std::vector<std::uint8_t> reply_to(const std::uint8_t* query, std::size_t size) {
  constexpr std::array<std::uint8_t, 16> kRecord{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
  std::size_t end = 12;
  while (end < size && query[end] != 0) end += 1U + query[end];
  std::vector<std::uint8_t> reply(query, query + std::min(end + 5, size));
  reply[2] = 0x81;
  reply[3] = 0x80;
  reply[7] = 1;
  reply[11] = 0;
  reply.insert(reply.end(), kRecord.begin(), kRecord.end());
  return reply;
}

[[noreturn]] void serve(int socket, std::chrono::milliseconds delay) {
  std::deque<Late> late;
  std::array<std::uint8_t, 512> query{};
  for (;;) {
    pollfd ready{socket, POLLIN, 0};
    poll(&ready, 1, late.empty() ? -1 : 1);
    Late next{};
    socklen_t length = sizeof next.to;
    for (ssize_t got = 0; (got = recvfrom(socket, query.data(), query.size(), MSG_DONTWAIT,
                                          reinterpret_cast<sockaddr*>(&next.to), &length)) > 17;) {
      next.due = Clock::now() + delay;
      next.reply = reply_to(query.data(), static_cast<std::size_t>(got));
      late.push_back(std::move(next));
    }
    for (const auto now = Clock::now(); !late.empty() && late.front().due <= now; late.pop_front())
      sendto(socket, late.front().reply.data(), late.front().reply.size(), 0,
             reinterpret_cast<const sockaddr*>(&late.front().to), sizeof(sockaddr_in));
  }
}

}  // namespace

DnsResponder::DnsResponder(std::chrono::milliseconds delay) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kBuffer, sizeof kBuffer);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no port for the responder");
  port_ = ntohs(address.sin_port);
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(socket, delay);
  }
  close(socket);
}

DnsResponder::~DnsResponder() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace milter
