// The socket that libmilter listens on, which it keeps to itself: found among our descriptors, and reached whatever
// becomes of its name.
#pragma once
#include <sys/socket.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace milter {

// The descriptors of this process that listen for connections.
std::set<int> listening_descriptors();

// Any thread.
class Listener {
 public:
  // `descriptor`: one of listening_descriptors(); it stays whose it is. `path`: of a unix socket, as it is named now.
  Listener(int descriptor, const std::string& path);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Connects without waiting, and hangs up: the listener sees it either way. 0, or the errno that kept us from it.
  int touch() const noexcept;

  // Puts a socket that nobody but we can reach in its place (listening.h); from then on touch() reaches that one. One
  // thread at a time.
  void go_silent(int descriptor);

  // Whether other hosts can reach it.
  bool is_open_to_network() const;

  // Whether the unix socket of this path is this one.
  bool is_at(const std::string& path) const;

 private:
  void take_name_of(int descriptor);

  mutable std::mutex mutex_;  // of the two below
  sockaddr_storage address_{};
  socklen_t length_ = 0;
  int named_ = -1;  // O_PATH of a unix socket: it can be connected to after it was renamed or unlinked
};

}  // namespace milter
