// Lists as they are in the world: served by rbldnsd, asked through the real resolver. No
// scripted zone anywhere.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "milter/checks/check.h"
#include "milter/dns/cares_resolver.h"
#include "milter/lists/prober.h"
#include "tests/unit/lists/asking.h"

namespace milter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Time = std::chrono::steady_clock;

constexpr auto kPatience =
    std::chrono::seconds(20);  // on a busy machine; nothing waits this long when all is well

// A UDP socket of 127.0.0.1.
class Socket {
 public:
  Socket() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  const Socket probe;
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(probe.fd(), raw, size) != 0 || getsockname(probe.fd(), raw, &size) != 0)
    throw std::system_error(errno, std::generic_category(), "bind");
  return ntohs(address.sin_port);
}

// Whether something answers DNS at `port`, within a tenth of a second.
bool answers(std::uint16_t port) {
  const Socket probe;
  const timeval patience{0, 100'000};
  setsockopt(probe.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const auto address = loopback(port);
  constexpr std::array<std::uint8_t, 17> kRootAddress{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1};
  std::array<std::uint8_t, 512> reply{};
  return connect(probe.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
         send(probe.fd(), kRootAddress.data(), kRootAddress.size(), 0) > 0 &&
         recv(probe.fd(), reply.data(), reply.size(), 0) > 0;
}

// One rbldnsd with the zones of this test, from construction to destruction.
class Rbldnsd {
 public:
  Rbldnsd() : port_(free_port()), folder_(make_folder()) {
    write("zen", ":127.0.0.2:listed\n127.0.0.2\n192.0.2.1\n192.0.2.10 :127.0.0.10:dynamic\n");
    write("zen6", ":127.0.0.2:listed\n::ffff:7f00:2\n2001:db8::1\n");
    write("dbl", ":127.0.1.2:listed\nTEST\n.spam.example\n");
    write("blocked", ":127.255.255.254:open resolver\n0.0.0.0/0\n");
    write("world", ":127.0.0.2:listed\n0.0.0.0/0\n");
    start();
  }
  ~Rbldnsd() {
    stop();
    std::filesystem::remove_all(folder_);
  }
  Rbldnsd(const Rbldnsd&) = delete;
  Rbldnsd& operator=(const Rbldnsd&) = delete;

  void stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  ResolverSettings resolver() const {
    ResolverSettings settings;
    settings.engine.servers = {{test::address("127.0.0.1"), port_}};
    settings.engine.timeout = std::chrono::milliseconds(1000);
    return settings;
  }

 private:
  static std::string make_folder() {
    auto name = (std::filesystem::temp_directory_path() / "rbldnsd-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    // rbldnsd gives up root before it reads the zones.
    std::filesystem::permissions(name, std::filesystem::perms(0755));
    return name;
  }
  void write(const std::string& file, std::string_view text) const {
    std::ofstream(std::filesystem::path(folder_) / file) << text;
  }
  void start() {
    const auto listen = "127.0.0.1/" + std::to_string(port_);
    pid_ = fork();
    if (pid_ == 0) {
      execl("/usr/sbin/rbldnsd", "rbldnsd", "-n", "-u", "nobody", "-b", listen.c_str(), "-w", folder_.c_str(),
            "zen.example:ip4set:zen", "zen.example:ip6trie:zen6", "dbl.example:dnset:dbl",
            "blocked.example:ip4trie:blocked", "world.example:ip4trie:world", nullptr);
      _exit(127);
    }
    const auto end = Time::now() + kPatience;
    while (!answers(port_)) {
      if (waitpid(pid_, nullptr, WNOHANG) != 0 || Time::now() > end)
        throw std::runtime_error("/usr/sbin/rbldnsd does not serve: is the package rbldnsd installed?");
    }
  }

  std::uint16_t port_;
  std::string folder_;
  pid_t pid_ = -1;
};

class StoppedClock : public Clock {
 public:
  std::int64_t unix_millis() const override { return 1'800'000'000'000; }
};

policy::List at_zone(policy::List list, const std::string& id) {
  list.id = id;
  list.zone = id + ".example";
  return list;
}

class ListsByRbldnsd : public ::testing::Test {
 protected:
  policy::TextList ask(std::string_view client, std::string_view field) {
    Connection connection;
    connection.client = test::address(client);
    Transaction transaction;
    transaction.mail_from = "<a@www.spam.example>";
    policy::FactSet facts;
    const auto found = test::ask_lists(resolver_, {connection, transaction, facts, policy_}, nullptr,
                                       Time::now() + kPatience);
    const auto& value = *found.value("dnsbl." + std::string(field));
    const auto* part = std::get_if<policy::InPart>(&value);
    return part ? part->has : std::get<policy::TextList>(value);  // what is known for sure
  }
  Standing test(const policy::List& list) {
    return test_lists_now({list}, resolver_, Time::now() + kPatience, clock_.unix_millis())[0].standing;
  }

  Rbldnsd server_;
  CaresResolver resolver_{server_.resolver()};
  policy::Policy policy_;
  StoppedClock clock_;
};

TEST_F(ListsByRbldnsd, HealthyListsPassTheirTestPoints) {
  EXPECT_EQ(test(test::zen()).kind, Standing::Kind::believed) << test(test::zen()).why;
  const auto domains = test::dbl(policy::ListOf::sender_domain);
  EXPECT_EQ(test(domains).kind, Standing::Kind::believed) << test(domains).why;
}

TEST_F(ListsByRbldnsd, ListedClientsOfBothFamiliesAndDomainsAreFound) {
  policy_.lists = {test::zen(), test::dbl(policy::ListOf::sender_domain)};
  EXPECT_THAT(ask("192.0.2.1", "codes"), ElementsAre("zen=127.0.0.2", "dbl=127.0.1.2"));
  EXPECT_THAT(ask("192.0.2.10", "codes"), ElementsAre("zen=127.0.0.10", "dbl=127.0.1.2"));
  EXPECT_THAT(ask("2001:db8::1", "codes"), ElementsAre("zen=127.0.0.2", "dbl=127.0.1.2"));
  EXPECT_THAT(ask("192.0.2.77", "codes"), ElementsAre("dbl=127.0.1.2"));
}

TEST_F(ListsByRbldnsd, ABlockedResolverAndAListOfTheWorldRefuseNobody) {
  policy_.lists = {at_zone(test::zen(), "blocked"), at_zone(test::zen(), "world"), test::zen()};
  EXPECT_THAT(ask("192.0.2.1", "listed"), ElementsAre("zen"));
  EXPECT_THAT(ask("192.0.2.1", "problems"),
              ElementsAre(HasSubstr("blocked: test point 127.0.0.2 answered 127.255.255.254"),
                          HasSubstr("world: test point 127.0.0.1 must not be listed")));
}

TEST_F(ListsByRbldnsd, AZoneThatTheServerDoesNotServeIsAProblem) {
  policy_.lists = {at_zone(test::zen(), "elsewhere")};
  EXPECT_THAT(ask("192.0.2.1", "listed"), IsEmpty());
  EXPECT_THAT(ask("192.0.2.1", "problems"), ElementsAre("elsewhere: test point 127.0.0.2: REFUSED"));
}

TEST_F(ListsByRbldnsd, AServerThatDiesRefusesNobody) {
  policy_.lists = {test::zen()};
  server_.stop();
  EXPECT_THAT(ask("192.0.2.1", "listed"), IsEmpty());
  EXPECT_THAT(ask("192.0.2.1", "problems"), ElementsAre(HasSubstr("zen: test point 127.0.0.2: ")));
}

}  // namespace
}  // namespace milter
