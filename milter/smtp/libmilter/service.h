// The milter itself: libmilter's callbacks turned into calls of a Session, its decisions into replies.
//
// libmilter keeps its callbacks without a user pointer, so there is one service a process.
#pragma once
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "milter/log/sink.h"
#include "milter/session/session.h"

namespace milter {

// The configuration that new sessions begin with. Any thread.
class CurrentSnapshot {
 public:
  explicit CurrentSnapshot(std::shared_ptr<const Snapshot> first) : now_(std::move(first)) {}
  std::shared_ptr<const Snapshot> get() const {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  void set(std::shared_ptr<const Snapshot> next) {
    const std::scoped_lock lock(mutex_);
    now_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> now_;
};

struct Socket {
  std::string address;   // "unix:/path" or "inet:PORT@HOST", "inet6:PORT@HOST"
  unsigned mode = 0660;  // of a unix socket
  std::string group;     // of a unix socket; "" leaves it
  int backlog =
      SOMAXCONN;  // connections that may wait to be taken; the kernel bounds it (net.core.somaxconn)
  int inherited =
      -1;  // a listening socket that systemd made; then the four above are its, and it outlives us
};

// "1.0.1": the library that is loaded now.
std::string milter_library_version();

// What a program runs. References outlive run().
struct ServiceParts {
  const World& world;
  const CurrentSnapshot& snapshot;
  LogSink& log;
};

class Service {
 public:
  explicit Service(ServiceParts parts);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Binds the socket; "" or what went wrong, in a sentence. A unix socket gets its name last, when its mode and group
  // are right. A stale one is replaced, one in use or anything else in its place is left alone.
  std::string open(const Socket& socket);

  bool is_open_to_network() const;  // whether other hosts can reach the socket. REQUIRES: opened

  // Serves until stop(); returns libmilter's result, 0 is good. Once a process.
  int run();

  // Ends run(): no new connection by unix socket. Messages that have begun may be finished within `patience`,
  // and who was let in and has not said anything yet has two seconds to begin. Then a decision under way is
  // still made, and all else is deferred. A name of a unix socket that belongs to another program by now is
  // left alone. From another thread, while run() runs.
  void stop(std::chrono::milliseconds patience);

  // Connections that are open now, and all that there were. Any thread.
  int sessions() const;
  std::uint64_t sessions_begun() const;

  struct Parts;

 private:
  std::string adopt(int socket);
  std::string listen(const Socket& socket);
  void give_up_name();
  void wait_for_messages(std::chrono::steady_clock::time_point end) const;

  std::unique_ptr<Parts> parts_;
};

}  // namespace milter
