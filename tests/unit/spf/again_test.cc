// An evaluation is run again and again until it has its answers: what each run asks, how many there are, and what
// all of them cost.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "milter/auth/spf/lookups.h"
#include "milter/auth/spf/term.h"
#include "tests/unit/spf/world.h"

namespace milter {
namespace {

using testing::ElementsAre;

// Answers nothing before the next round: what a run asks is there for the run after it.
class RoundByRound : public Resolver {
 public:
  explicit RoundByRound(Resolver& world) : world_(world) {}
  Lookup query(std::string_view name, RecordType type) override {
    asked.back().push_back(std::string(to_text(type)) + " " + std::string(name));
    open_.emplace_back(PendingLookup(), *world_.query(name, type).peek());
    return open_.back().first.handle();
  }
  void next() {
    for (const auto& [pending, outcome] : std::exchange(open_, {})) pending.answer(outcome);
    asked.emplace_back();
  }
  std::vector<std::vector<std::string>> asked{1};  // by round

 private:
  Resolver& world_;
  std::vector<std::pair<PendingLookup, Outcome>> open_;
};

struct Told {
  SpfResult result;
  int runs = 0;
  double cpu_millis = 0;
  std::vector<std::vector<std::string>> asked;
  std::size_t questions() const {
    std::size_t all = 0;
    for (const auto& round : asked) all += round.size();
    return all;
  }
};

double cpu_millis() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// bob@example.org from 192.0.2.1, every answer a round later than its question.
Told run(World& world) {
  RoundByRound dns(world.zone);
  Questions questions(dns);
  SpfRecords records;
  const Window window{Deadline::min(), Deadline::max()};
  Told told;
  for (bool done = false; !done; dns.next()) {
    Answers answers(questions, window, Deadline::min());
    const auto begin = cpu_millis();
    told.result =
        check_mail_from(question("192.0.2.1", "bob@example.org"), answers, records, {.explanation = true});
    told.cpu_millis += cpu_millis() - begin;
    done = answers.all_here() || ++told.runs == 40;
  }
  ++told.runs;
  told.asked = dns.asked;
  while (told.asked.size() > 1 && told.asked.back().empty()) told.asked.pop_back();
  return told;
}

TEST(SpfAgain, ARunAsksAllThatItCanBehindAnOpenTermToo) {
  World world;
  world
      .spf("example.org",
           "v=spf1 a mx include:i.example.org exists:%{i}.e.example.org a:late.example.org -all")
      .mx("example.org", {"m.example.org"})
      .spf("i.example.org", "v=spf1 include:j.example.org");
  const auto told = run(world);
  ASSERT_GE(told.asked.size(), 3U);
  EXPECT_THAT(told.asked[0], ElementsAre("TXT example.org"));
  EXPECT_THAT(told.asked[1], ElementsAre("A example.org", "MX example.org", "TXT i.example.org",
                                         "A 192.0.2.1.e.example.org", "A late.example.org"));
  EXPECT_THAT(told.asked[2], ElementsAre("A m.example.org", "TXT j.example.org"));
}

TEST(SpfAgain, NothingIsAskedBehindASureMatch) {
  World world;
  world.spf("example.org", "v=spf1 a ip4:192.0.2.0/24 include:i.example.org -all");
  const auto told = run(world);
  EXPECT_THAT(told.asked[1], ElementsAre("A example.org"));
  EXPECT_EQ(word(told.result), "pass");
}

TEST(SpfAgain, NoNameIsMadeOfAMacroThatIsNotKnownYet) {
  World world;
  world.spf("example.org", "v=spf1 exists:%{p}.e.example.org -all")
      .ptr("192.0.2.1", {"n.example.net"})
      .a("n.example.net", {"192.0.2.1"})
      .a("n.example.net.e.example.org", {"127.0.0.1"});
  const auto told = run(world);
  EXPECT_EQ(word(told.result), "pass");
  EXPECT_THAT(told.asked,
              ElementsAre(ElementsAre("TXT example.org"), ElementsAre("PTR 1.2.0.192.in-addr.arpa"),
                          ElementsAre("A n.example.net"), ElementsAre("A n.example.net.e.example.org")));
}

TEST(SpfAgain, AnExplanationIsAskedForWhenTheResultIsKnown) {
  World world;
  world.spf("example.org", "v=spf1 a -all exp=x.example.org").txt("x.example.org", {"no"});
  world.a("example.org", {"192.0.2.1"});
  EXPECT_THAT(run(world).asked, ElementsAre(ElementsAre("TXT example.org"), ElementsAre("A example.org")));
}

TEST(SpfAgain, LooksAheadUpToItsBound) {
  for (const std::size_t hosts : {std::size_t{9}, std::size_t{10}}) {
    World world;
    std::vector<std::string> first, second;
    for (std::size_t i = 0; i < 10; ++i) first.push_back(fmt::format("a{}.example.org", i));
    for (std::size_t i = 0; i < hosts; ++i) second.push_back(fmt::format("b{}.example.org", i));
    world.spf("example.org", "v=spf1 mx mx:b.example.org a:c.example.org -all").mx("example.org", first);
    world.mx("b.example.org", second);
    const auto told = run(world);
    // In the second round a:c was asked already; in the third both exchangers' hosts are.
    EXPECT_EQ(told.asked[2].size(), 10 + hosts);
    world.spf("example.org", "v=spf1 mx mx:b.example.org include:i.example.org -all")
        .spf("i.example.org", "v=spf1 a:c.example.org");
    EXPECT_EQ(testing::Value(run(world).asked[2], testing::Contains("A c.example.org")),
              10 + hosts < kMostSpfAhead);
  }
}

// The deepest that RFC 7208 allows: names for %{p}, ten terms in each other, an explanation.
TEST(SpfAgain, TheDeepestTreeThatIsAllowedNeedsSixteenRuns) {
  World world;
  world.ptr("192.0.2.1", {"n.example.net"}).a("n.example.net", {"192.0.2.1"});
  std::string name = "example.org";
  for (int i = 0; i < 9; ++i) {
    const auto next = fmt::format("i{}.example.org", i);
    world.spf(name, fmt::format("v=spf1 {}={} exp=%{{p}}.x.example.org", "redirect", next));
    name = next;
  }
  world.spf(name, "v=spf1 mx -all exp=%{p}.x.example.org").mx(name, {"m.example.org"});
  world.txt("n.example.net.x.example.org", {"no"});
  const auto told = run(world);
  EXPECT_EQ(word(told.result), "fail") << told.result.problem;
  EXPECT_EQ(told.result.explanation, "no");
  EXPECT_EQ(told.runs, 16);
}

TEST(SpfAgain, ManyExchangersNeedFewRuns) {
  World world;
  std::string text = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    text += fmt::format(" mx:d{}.example.org", i);
    std::vector<std::string> hosts;
    for (int host = 0; host < 10; ++host) hosts.push_back(fmt::format("h{}.d{}.example.org", host, i));
    world.mx(fmt::format("d{}.example.org", i), hosts);
    for (const auto& host : hosts) world.a(host, {"198.51.100.1"});
  }
  world.spf("example.org", text + " -all");
  const auto told = run(world);
  EXPECT_EQ(word(told.result), "fail") << told.result.problem;
  EXPECT_LE(told.runs, 8);
  for (const auto& round : told.asked) EXPECT_LE(round.size(), kMostSpfAhead + kMostSpfHosts);
}

TEST(SpfAgain, ARecordIsParsedOnce) {
  SpfRecords records;
  const auto* first = &records.read("v=spf1 mx -all");
  records.read("v=spf1 a -all");
  EXPECT_EQ(&records.read("v=spf1 mx -all"), first);
}

// What a stranger may make of it: every record as long as it may be in sum, and as deep.
void make_bomb(World& world, std::string_view term, int levels) {
  std::string name = "example.org";
  for (int i = 0; i < levels; ++i) {
    std::string text = "v=spf1";
    while (text.size() + 64 < kMostSpfOctets / static_cast<std::size_t>(levels)) text += term;
    const auto next = fmt::format("i{}.example.org", i);
    world.spf(name, i + 1 < levels ? fmt::format("{} include:{}", text, next) : text + " -all");
    name = next;
  }
}

TEST(SpfAgain, ABombCostsFewRunsAndLittleTime) {
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
  constexpr double kMostMillis = 5;
#else
  constexpr double kMostMillis = 250;  // of a build that is not meant to be fast
#endif
  for (const auto* term : {" ip4:1.1.1.1", " ip6:1::", " ?all", " x=%{i}", " a:a.b"})
    for (const int levels : {1, 10}) {
      World world;
      make_bomb(world, term, levels);
      const auto told = run(world);
      EXPECT_NE(word(told.result), "temperror") << told.result.problem;
      EXPECT_LE(told.runs, 16) << term;
      EXPECT_LE(told.questions(), 130U) << term;
      EXPECT_LE(told.cpu_millis, kMostMillis) << term << ", " << levels << " levels";
      RecordProperty(fmt::format("cpu_micros{}_{}", term, levels), static_cast<int>(told.cpu_millis * 1000));
    }
}

TEST(SpfAgain, RecordsBeyondTheirOctetsAreNoPermerrorButUnknown) {
  for (const std::size_t more : {std::size_t{0}, std::size_t{1}}) {
    World world;
    std::string included = "v=spf1 x=";
    included.resize(kMostSpfOctets - 40 + more, 'y');
    std::string own = "v=spf1 include:i.example.org ~all z=";
    own.resize(40, 'z');
    world.spf("example.org", own).spf("i.example.org", included);
    const auto result = check(world);
    EXPECT_EQ(word(result), more == 0 ? "softfail" : "temperror");
    EXPECT_EQ(result.problem, more == 0 ? "" : "more than 65535 octets of SPF records");
  }
}

TEST(SpfAgain, NetworksAreComparedByUs) {
  World world;
  world.spf("example.org", "v=spf1 ip4:192.0.2.0/25 ip6:2001:db8::/32 -all");
  EXPECT_EQ(word(check(world, "192.0.2.127")), "pass");
  EXPECT_EQ(word(check(world, "192.0.2.128")), "fail");
  EXPECT_EQ(word(check(world, "2001:db8:ffff::1")), "pass");
  EXPECT_EQ(word(check(world, "2001:db9::1")), "fail");
  world.spf("example.org", "v=spf1 ip4:0.0.0.0/0 -all");
  EXPECT_EQ(word(check(world, "203.0.113.9")), "pass");
  EXPECT_EQ(word(check(world, "2001:db8::1")), "fail");
}

}  // namespace
}  // namespace milter
