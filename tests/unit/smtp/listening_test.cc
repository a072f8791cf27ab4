// What a listening socket is called, the address by which we knock at our own door; and who came in by it.
#include "milter/smtp/libmilter/listening.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

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

// One end that connects, one that accepts.
class Pair {
 public:
  explicit Pair(const Listening& door, int family) : caller_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    getsockname(door.file(), reinterpret_cast<sockaddr*>(&name), &length);
    EXPECT_EQ(connect(caller_, reinterpret_cast<const sockaddr*>(&name), length), 0) << std::strerror(errno);
    accepted_ = accept(door.file(), nullptr, nullptr);
  }
  ~Pair() {
    close(caller_);
    close(accepted_);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

 private:
  int caller_;
  int accepted_;
};

TEST(AcceptedOn, CountsWhoCameInByThisUnixSocketAlone) {
  const auto path =
      std::filesystem::temp_directory_path() / ("fivefifty-accepted-" + std::to_string(getpid()));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
  const Listening door(AF_UNIX);
  door.bind_to(name);
  ASSERT_EQ(listen(door.file(), 8), 0);
  const auto address = address_of(door.file());
  EXPECT_EQ(accepted_on(address), 0) << "the socket that listens is no connection";
  {
    const Pair one(door, AF_UNIX);
    const Pair two(door, AF_UNIX);
    EXPECT_EQ(accepted_on(address), 2);
    EXPECT_EQ(accepted_on(address + "2"), 0);
  }
  EXPECT_EQ(accepted_on(address), 0);
  std::filesystem::remove(path);
}

TEST(AcceptedOn, InetSocketsOfAllHostsAreCalledByEach) {
  sockaddr_in all{};
  all.sin_family = AF_INET;
  const Listening door(AF_INET);
  door.bind_to(all);
  ASSERT_EQ(listen(door.file(), 8), 0);
  const auto address = address_of(door.file());
  ASSERT_TRUE(address.ends_with("@0.0.0.0")) << address;
  const Pair one(door, AF_INET);
  EXPECT_EQ(accepted_on(address), 1);
}

}  // namespace
}  // namespace milter
