#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/dns/server_address.h"
#include "milter/dns/server_memory.h"

namespace milter {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

std::string round_trip(std::string_view text) {
  const auto server = ServerAddress::parse(text);
  return server ? server->text() : "none";
}

TEST(ServerAddress, IsReadWithAndWithoutPort) {
  EXPECT_EQ(round_trip("192.0.2.53"), "192.0.2.53");
  EXPECT_EQ(round_trip("192.0.2.53:53"), "192.0.2.53");
  EXPECT_EQ(round_trip("192.0.2.53:5353"), "192.0.2.53:5353");
  EXPECT_EQ(round_trip("2001:db8::53"), "2001:db8::53");
  EXPECT_EQ(round_trip("[2001:db8::53]:5353"), "[2001:db8::53]:5353");
  EXPECT_EQ(round_trip("127.0.0.1:65535"), "127.0.0.1:65535");
}

TEST(ServerAddress, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "localhost", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:5x", "[2001:db8::53]",
        "[2001:db8::53]:", "[2001:db8::53", "192.0.2.300:53"})
    EXPECT_EQ(round_trip(text), "none") << text;
}

TEST(ServerAddress, NamesThoseNotOnLoopback) {
  std::vector<ServerAddress> servers;
  for (const auto* text : {"127.0.0.1", "::1", "192.0.2.53", "127.0.0.53:5353", "2001:db8::53"})
    servers.push_back(*ServerAddress::parse(text));
  EXPECT_THAT(not_on_loopback(servers), ElementsAre(servers[2], servers[4]));
}

TEST(ServerAddress, HostHasAServer) { EXPECT_FALSE(system_servers().empty()); }

const ServerMemory::Time kStart{std::chrono::hours(100)};
constexpr std::uint8_t kUntried[2] = {0, 0};

TEST(ServerMemory, FirstConfiguredIsAskedFirstThenTheUntried) {
  const ServerMemory memory(2);
  EXPECT_EQ(memory.choose(kUntried), 0U);
  constexpr std::uint8_t tried[2] = {1, 0};
  EXPECT_EQ(memory.choose(tried), 1U);
}

TEST(ServerMemory, SilentServerIsAskedLastUntilItAnswers) {
  ServerMemory memory(2);
  memory.left_unanswered(0, kStart);
  EXPECT_EQ(memory.choose(kUntried), 1U);
  memory.answered(0, kStart + seconds(1));
  EXPECT_EQ(memory.choose(kUntried), 0U);
}

TEST(ServerMemory, ServerThatAnsweredSinceIsNotSilent) {
  ServerMemory memory(2);
  memory.answered(0, kStart + seconds(1));
  memory.left_unanswered(0, kStart);
  EXPECT_FALSE(memory.is_silent(0));
}

TEST(ServerMemory, SilentServerIsProbedNowAndThen) {
  ServerMemory memory(2);
  EXPECT_EQ(memory.probe(1, kStart), std::nullopt) << "none is silent";
  memory.left_unanswered(0, kStart);
  EXPECT_EQ(memory.probe(0, kStart), std::nullopt) << "it is being asked";
  EXPECT_EQ(memory.probe(1, kStart), 0U);
  EXPECT_EQ(memory.probe(1, kStart + kProbeEvery - seconds(1)), std::nullopt);
  EXPECT_EQ(memory.probe(1, kStart + kProbeEvery), 0U);
}

TEST(ServerMemory, EdnsIsTriedAgainAfterAWhile) {
  ServerMemory memory(1);
  EXPECT_EQ(memory.edns(0, kStart), Edns::with);
  memory.refused_edns(0, kStart);
  EXPECT_EQ(memory.edns(0, kStart + kPlainFor - seconds(1)), Edns::without);
  EXPECT_EQ(memory.edns(0, kStart + kPlainFor), Edns::with);
}

}  // namespace
}  // namespace milter
