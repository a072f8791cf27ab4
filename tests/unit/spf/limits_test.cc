// The limits of RFC 7208 4.6.4, and what a name server that is silent may cost: a temperror, never a result.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/unit/spf/world.h"

namespace milter {
namespace {

std::string repeated(std::string_view start, int count, std::string_view end) {
  std::string text(start);
  for (int i = 0; i < count; ++i) text += fmt::format(" a:h{}.example.org", i);
  return text + std::string(end);
}

void add_hosts(World& world, int count) {
  for (int i = 0; i < count; ++i) world.a(fmt::format("h{}.example.org", i), {"198.51.100.1"});
}

TEST(SpfLimits, TenLookupsAreFineElevenArePermerror) {
  World world;
  add_hosts(world, 12);
  world.spf("example.org", repeated("v=spf1", 10, " -all"));
  EXPECT_EQ(word(check(world)), "fail");
  world.spf("example.org", repeated("v=spf1", 11, " -all"));
  const auto result = check(world);
  EXPECT_EQ(word(result), "permerror");
  EXPECT_EQ(result.problem, "more than 10 terms that need DNS lookups");
  EXPECT_EQ(result.lookups, 10);
  EXPECT_EQ(result.term, "a:h10.example.org");
}

TEST(SpfLimits, AMatchBeforeTheEleventhLookupCounts) {
  World world;
  add_hosts(world, 12);
  world.spf("example.org", repeated("v=spf1", 10, " ip4:192.0.2.1 a -all"));
  EXPECT_EQ(word(check(world)), "pass");
}

TEST(SpfLimits, IncludesAndRedirectsShareOneCount) {
  World world;
  add_hosts(world, 12);
  world.spf("example.org", "v=spf1 include:i.example.org redirect=r.example.org")
      .spf("i.example.org", repeated("v=spf1", 4, " -all"))
      .spf("r.example.org", repeated("v=spf1", 4, " -all"));
  EXPECT_EQ(word(check(world)), "fail");
  world.spf("r.example.org", repeated("v=spf1", 5, " -all"));
  EXPECT_EQ(word(check(world)), "permerror");
}

// Ten includes in each record, six levels: a million evaluations for a library that counts by record.
TEST(SpfLimits, ATreeOfIncludesCostsElevenQueries) {
  World world;
  const auto includes = [](int level) {
    std::string text = "v=spf1";
    for (int i = 0; i < 10; ++i) text += fmt::format(" include:l{}-{}.example.org", level, i);
    return text;
  };
  world.spf("example.org", includes(1));
  for (int level = 1; level <= 6; ++level)
    for (int i = 0; i < 10; ++i)
      world.spf(fmt::format("l{}-{}.example.org", level, i), level < 6 ? includes(level + 1) : "v=spf1 ?all");
  const auto result = check(world);
  EXPECT_EQ(word(result), "permerror");
  EXPECT_EQ(result.lookups, 10);
  EXPECT_LE(world.zone.asked().size(), 11U);
}

TEST(SpfLimits, ChainsAndLoopsEndAtTheSameCount) {
  World world;
  world.spf("example.org", "v=spf1 include:example.org -all")
      .spf("example.net", "v=spf1 redirect=example.net");
  EXPECT_EQ(word(check(world)), "permerror");
  EXPECT_EQ(word(check(world, "192.0.2.1", "bob@example.net")), "permerror");
}

TEST(SpfLimits, TwoVoidLookupsAreFineThreeArePermerror) {
  World world;
  world.spf("example.org", "v=spf1 a:g1.example.org exists:g2.example.org ?all");
  EXPECT_EQ(word(check(world)), "neutral");
  world.spf("example.org", "v=spf1 a:g1.example.org exists:g2.example.org mx:g3.example.org ?all");
  const auto result = check(world);
  EXPECT_EQ(word(result), "permerror");
  EXPECT_EQ(result.problem, "more than 2 lookups that found nothing");
}

TEST(SpfLimits, VoidLookupsOfIncludesCountToo) {
  World world;
  world.spf("example.org", "v=spf1 a:g1.example.org include:i.example.org a:g3.example.org ?all")
      .spf("i.example.org", "v=spf1 a:g2.example.org ?all");
  EXPECT_EQ(word(check(world)), "permerror");
}

TEST(SpfLimits, ExchangersWithoutAnAddressAreNotVoid) {
  World world;
  world.spf("example.org", "v=spf1 mx ?all")
      .mx("example.org", {"g1.example.org", "g2.example.org", "g3.example.org"});
  EXPECT_EQ(word(check(world)), "neutral");
}

TEST(SpfLimits, TenExchangersAreFineElevenArePermerror) {
  World world;
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.push_back(fmt::format("h{}.example.org", i));
  world.a("h9.example.org", {"192.0.2.1"}).spf("example.org", "v=spf1 mx -all").mx("example.org", names);
  EXPECT_EQ(word(check(world)), "pass");
  names.emplace_back("h10.example.org");
  world.mx("example.org", names);
  EXPECT_EQ(word(check(world)), "permerror");
}

// One entry: what is silent, in a world where every other question has its answer.
struct Silence {
  std::string_view name;
  RecordType type;
  std::string_view result;
};

void fill(World& world) {
  world
      .spf("example.org",
           "v=spf1 a:a.example.org mx include:i.example.org exists:e.example.org ptr "
           "exists:%{p}.p.example.org redirect=r.example.org")
      .a("a.example.org", {"198.51.100.1"})
      .mx("example.org", {"m1.example.org", "m2.example.org"})
      .a("m1.example.org", {"198.51.100.1"})
      .a("m2.example.org", {"198.51.100.2"})
      .spf("i.example.org", "v=spf1 include:j.example.org ?all")
      .spf("j.example.org", "v=spf1 a:k.example.org ?all")
      .a("k.example.org", {"198.51.100.3"})
      .ptr("192.0.2.1", {"n.example.net"})
      .a("n.example.net", {"192.0.2.1"})
      .spf("r.example.org", "v=spf1 -all exp=x.example.org")
      .txt("x.example.org", {"no"});
}

constexpr Silence kSilences[]{
    {"example.org", RecordType::txt, "temperror"},
    {"a.example.org", RecordType::a, "temperror"},
    {"example.org", RecordType::mx, "temperror"},
    {"m1.example.org", RecordType::a, "temperror"},
    {"m2.example.org", RecordType::a, "temperror"},
    {"i.example.org", RecordType::txt, "temperror"},
    {"j.example.org", RecordType::txt, "temperror"},
    {"k.example.org", RecordType::a, "temperror"},
    {"e.example.org", RecordType::a, "temperror"},
    {"r.example.org", RecordType::txt, "temperror"},
    {"n.example.net.p.example.org", RecordType::a, "temperror"},
    // RFC 7208 5.5, 6.2: these only leave out a name, or an explanation.
    {"1.2.0.192.in-addr.arpa", RecordType::ptr, "fail"},
    {"n.example.net", RecordType::a, "fail"},
    {"x.example.org", RecordType::txt, "fail"},
};

TEST(SpfLimits, TroubleAtAnyPositionIsATemperror) {
  for (const auto& [name, type, result] : kSilences)
    for (const auto kind : {Trouble::Kind::timeout, Trouble::Kind::serv_fail, Trouble::Kind::refused,
                            Trouble::Kind::bad_reply, Trouble::Kind::overload}) {
      World world;
      fill(world);
      world.trouble(name, type, kind);
      const auto got = check(world);
      EXPECT_EQ(word(got), result) << to_text(type) << " " << name << ": " << got.problem;
      if (got.word == SpfWord::temperror) {
        EXPECT_NE(got.problem.find(name), std::string::npos) << got.problem;
      }
    }
}

TEST(SpfLimits, AnAnswerThatDoesNotComeIsATemperrorAtTheDeadline) {
  for (const auto& [name, type, result] : kSilences) {
    World world;
    fill(world);
    const auto silent = fmt::format("{} {}", to_text(type), name);
    Withholding resolver(world.zone, silent);
    const auto got = check_mail_from(question("192.0.2.1", "bob@example.org"), resolver, Deadline::min());
    const bool explains_only = name == "x.example.org";
    EXPECT_EQ(word(got), explains_only ? "fail" : "temperror") << silent;
    if (!explains_only) {
      EXPECT_EQ(got.problem, silent + ": time budget");
    }
  }
}

TEST(SpfLimits, TheWholeWorldFailsWhenNothingIsSilent) {
  World world;
  fill(world);
  const auto result = check(world);
  EXPECT_EQ(word(result), "fail") << result.problem;
  EXPECT_EQ(result.explanation, "no");
  EXPECT_EQ(result.lookups, 9);
}

TEST(SpfLimits, AMatchBeforeTheSilenceIsAResult) {
  World world;
  world.spf("example.org", "v=spf1 ip4:192.0.2.1 a:a.example.org -all")
      .trouble("a.example.org", RecordType::a);
  EXPECT_EQ(word(check(world)), "pass");
}

}  // namespace
}  // namespace milter
