#include "milter/smtp/libmilter/listening.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>

namespace milter {
namespace {

std::string inet_address(const sockaddr_storage& name) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
  const bool six = name.ss_family == AF_INET6;
  const void* const address = six ? static_cast<const void*>(&v6.sin6_addr) : &v4.sin_addr;
  inet_ntop(name.ss_family, address, host.data(), host.size());
  return fmt::format("{}:{}@{}", six ? "inet6" : "inet", ntohs(six ? v6.sin6_port : v4.sin_port),
                     host.data());
}

// Family and port of an inet address, a unix address whole.
std::string_view place(std::string_view address) {
  return address.starts_with("inet") ? address.substr(0, address.find('@')) : address;
}

int option(int socket, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(socket, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

// A stream that does not listen. (Sockets that we send DNS questions from have other ports.)
bool is_connection(int socket) {
  return option(socket, SO_TYPE) == SOCK_STREAM && option(socket, SO_ACCEPTCONN) == 0;
}

}  // namespace

std::string address_of(int socket) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&name), &length) != 0) return "";
  if (name.ss_family == AF_INET || name.ss_family == AF_INET6) return inet_address(name);
  const std::string path = reinterpret_cast<const sockaddr_un&>(name).sun_path;
  return name.ss_family == AF_UNIX && !path.empty() ? "unix:" + path : "";
}

int accepted_on(const std::string& address) {
  int accepted = 0;
  std::error_code trouble;
  for (std::filesystem::directory_iterator file("/proc/self/fd", trouble), end; !trouble && file != end;
       file.increment(trouble)) {
    const auto name = file->path().filename().string();
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    // An accepted socket has the name of the one that accepted it; the other end of it has not.
    const auto its = address_of(number);
    if (!its.empty() && place(its) == place(address) && is_connection(number)) ++accepted;
  }
  return accepted;
}

void go_silent(int listening) {
  sockaddr_un nameless{};
  nameless.sun_family = AF_UNIX;  // without a path the kernel finds a name of its own
  const int silent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (silent < 0) return;
  if (::bind(silent, reinterpret_cast<const sockaddr*>(&nameless), sizeof nameless.sun_family) == 0 &&
      ::listen(silent, 1) == 0)
    dup2(silent, listening);
  ::close(silent);
}

}  // namespace milter
