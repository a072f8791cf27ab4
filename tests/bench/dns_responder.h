// A name server for measurements, in a process of its own so that its time is not counted: every question is
// answered with one address, 20 ms later.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>

#include "milter/dns/server_address.h"

namespace milter {

class DnsResponder {
 public:
  // Forks: REQUIRES that no thread runs yet.
  explicit DnsResponder(std::chrono::milliseconds delay);
  ~DnsResponder();
  DnsResponder(const DnsResponder&) = delete;
  DnsResponder& operator=(const DnsResponder&) = delete;

  ServerAddress address() const { return {*policy::Address::parse("127.0.0.1"), port_}; }

 private:
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace milter
