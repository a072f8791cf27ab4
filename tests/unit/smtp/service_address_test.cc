// What a socket that systemd hands over is called: the address by which we knock at our own door.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "milter/smtp/libmilter/service.h"

namespace milter {
namespace {

class Listening {
 public:
  explicit Listening(int family) : file_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Listening() { close(file_); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  template <class Name>
  void bind_to(const Name& name) const {
    ASSERT_EQ(bind(file_, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0) << std::strerror(errno);
  }
  int file() const { return file_; }

 private:
  int file_;
};

TEST(AddressOf, UnixSocketIsItsPath) {
  const auto path =
      std::filesystem::temp_directory_path() / ("fivefifty-address-" + std::to_string(getpid()));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
  const Listening listening(AF_UNIX);
  listening.bind_to(name);
  std::filesystem::remove(path);
  EXPECT_EQ(address_of(listening.file()), "unix:" + path.string());
}

TEST(AddressOf, InternetSocketsAreAsLibmilterWritesThem) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const Listening listening(AF_INET);
  listening.bind_to(four);
  socklen_t length = sizeof four;
  ASSERT_EQ(getsockname(listening.file(), reinterpret_cast<sockaddr*>(&four), &length), 0);
  EXPECT_EQ(address_of(listening.file()), "inet:" + std::to_string(ntohs(four.sin_port)) + "@127.0.0.1");

  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  const Listening other(AF_INET6);
  other.bind_to(six);
  EXPECT_TRUE(address_of(other.file()).starts_with("inet6:"));
  EXPECT_TRUE(address_of(other.file()).ends_with("@::1"));
}

TEST(AddressOf, NothingForWhatHasNoAddress) {
  EXPECT_EQ(address_of(Listening(AF_UNIX).file()), "");
  EXPECT_EQ(address_of(-1), "");
}

}  // namespace
}  // namespace milter
