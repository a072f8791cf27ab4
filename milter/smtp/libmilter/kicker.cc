#include "milter/smtp/libmilter/kicker.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>

namespace milter {
namespace {

// A decision shorter than this holds nobody up.
constexpr std::chrono::milliseconds kPatience{5};

// "unix:/path", "local:/path", "/path" -> the path; else "".
std::string path_of(const std::string& address) {
  for (const auto* prefix : {"unix:", "local:"})
    if (address.starts_with(prefix)) return address.substr(std::strlen(prefix));
  return address.starts_with('/') ? address : "";
}

void touch(int family, const sockaddr* address, socklen_t length) {
  const int file = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (file < 0) return;
  // Not waiting for the connection is the point: the listener sees it either way.
  [[maybe_unused]] const int begun = ::connect(file, address, length);
  ::close(file);
}

void touch_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  touch(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// "inet:PORT@HOST".
void touch_inet(const std::string& address) {
  const auto colon = address.find(':');
  const auto at = address.find('@', colon);
  if (colon == std::string::npos) return;
  const auto port = address.substr(colon + 1, at == std::string::npos ? at : at - colon - 1);
  const auto host = at == std::string::npos ? "localhost" : address.substr(at + 1);
  addrinfo* found = nullptr;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  touch(found->ai_family, found->ai_addr, found->ai_addrlen);
}

}  // namespace

Kicker::Kicker(std::string socket_address)
    : address_(std::move(socket_address)), thread_([this] { run(); }) {}

Kicker::~Kicker() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Kicker::Waiting::Waiting(Kicker* kicker) : kicker_(kicker) {
  if (!kicker_) return;
  const std::scoped_lock lock(kicker_->mutex_);
  if (++kicker_->waiting_ == 1) kicker_->changed_.notify_all();
}

Kicker::Waiting::~Waiting() {
  if (!kicker_) return;
  const std::scoped_lock lock(kicker_->mutex_);
  --kicker_->waiting_;
}

void Kicker::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    changed_.wait(lock, [this] { return ended_ || waiting_ > 0; });
    changed_.wait_for(lock, kPatience, [this] { return ended_; });
    if (ended_ || waiting_ == 0) continue;
    lock.unlock();
    kick();
    lock.lock();
  }
}

void Kicker::kick() const {
  const auto path = path_of(address_);
  if (path.empty())
    touch_inet(address_);
  else
    touch_unix(path);
}

}  // namespace milter
