#include "milter/smtp/libmilter/listener.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "milter/smtp/libmilter/listening.h"

namespace milter {
namespace {

bool listens(int descriptor) {
  int yes = 0;
  socklen_t length = sizeof yes;
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &yes, &length) == 0 && yes != 0;
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

// Where all addresses are listened on, loopback is.
void prefer_loopback(sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    auto& inet = reinterpret_cast<sockaddr_in&>(address);
    if (inet.sin_addr.s_addr == htonl(INADDR_ANY)) inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  if (address.ss_family == AF_INET6) {
    auto& inet = reinterpret_cast<sockaddr_in6&>(address);
    if (IN6_IS_ADDR_UNSPECIFIED(&inet.sin6_addr)) inet.sin6_addr = in6addr_loopback;
  }
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET)
    return (ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24U) == 127;
  if (address.ss_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return true;
}

}  // namespace

std::set<int> listening_descriptors() {
  std::set<int> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return out;
  while (const auto* entry = readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (descriptor >= 0 && listens(descriptor)) out.insert(descriptor);
  }
  return out;
}

Listener::Listener(int descriptor, const std::string& path) {
  take_name_of(descriptor);
  if (path.empty()) return;
  named_ = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  const auto address = unix_address(named_ < 0 ? path : fmt::format("/proc/self/fd/{}", named_));
  std::memcpy(&address_, &address, sizeof address);
  length_ = sizeof address;
}

Listener::~Listener() {
  if (named_ >= 0) ::close(named_);
}

void Listener::take_name_of(int descriptor) {
  const std::lock_guard lock(mutex_);
  address_ = {};
  length_ = sizeof address_;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address_), &length_) != 0) length_ = 0;
}

void Listener::go_silent(int descriptor) {
  milter::go_silent(descriptor);
  touch();  // libmilter still polls the old one, for seconds; who is queued there now is nobody's session
  take_name_of(descriptor);
}

int Listener::touch() const noexcept {
  sockaddr_storage address{};
  socklen_t length = 0;
  {
    const std::lock_guard lock(mutex_);
    address = address_;
    length = length_;
  }
  prefer_loopback(address);
  const int file = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (file < 0) return errno;
  const bool begun = ::connect(file, reinterpret_cast<const sockaddr*>(&address), length) == 0 ||
                     errno == EINPROGRESS || errno == EAGAIN;
  const int error = begun ? 0 : errno;
  ::close(file);
  return error;
}

bool Listener::is_open_to_network() const { return !is_loopback(address_); }

bool Listener::is_at(const std::string& path) const {
  struct stat ours {
  }, there{};
  return fstat(named_, &ours) == 0 && lstat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

}  // namespace milter
