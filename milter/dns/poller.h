// Which sockets are ready, and a bell that other threads ring: epoll and eventfd with an owner. One thread
// waits; ring() is for any.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>

namespace milter {

struct Interest {
  bool read = false, write = false;
};

class Poller {
 public:
  using Ready = std::function<void(std::size_t owner, int socket, Interest ready)>;

  Poller();  // throws std::system_error: no descriptors left
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Watches a socket of `owner` (a small number that `Ready` gets back). No interest: forgets it. Where the
  // kernel has no memory for that, the socket is never ready, and its questions time out.
  void watch(std::size_t owner, int socket, Interest interest);
  // Waits at most so long (negative: until something happens) and calls `ready` for each socket that is.
  void wait(std::chrono::milliseconds at_most, const Ready& ready);
  void ring();

 private:
  int epoll_;
  int bell_;
};

}  // namespace milter
