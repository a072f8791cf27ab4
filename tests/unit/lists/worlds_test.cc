// The ways in which lists and resolvers have gone wrong and cost people their mail. In each, what is wrong is
// said, and nobody is refused for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "milter/checks/check.h"
#include "milter/lists/prober.h"
#include "tests/unit/lists/asking.h"

namespace milter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::int64_t kNow = 1'800'000'000'000;

// Answers every question under a zone in one way; the rest is the scripted world's.
class RewritingResolver : public Resolver {
 public:
  RewritingResolver(std::shared_ptr<ScriptedZone> world, std::string zone, Outcome answer)
      : world_(std::move(world)), zone_(std::move(zone)), answer_(std::move(answer)) {}
  Lookup query(std::string_view name, RecordType type) override {
    return name.ends_with(zone_) ? answered(answer_) : world_->query(name, type);
  }

 private:
  std::shared_ptr<ScriptedZone> world_;
  std::string zone_;
  Outcome answer_;
};

// Takes 127/8 out of every answer, as unbound does with `private-address: 127.0.0.0/8`.
class HardenedResolver : public Resolver {
 public:
  explicit HardenedResolver(std::shared_ptr<ScriptedZone> world) : world_(std::move(world)) {}
  Lookup query(std::string_view name, RecordType type) override {
    auto outcome = *world_->query(name, type).peek();
    if (outcome && !outcome->addresses.empty()) {
      std::erase_if(outcome->addresses, [](const policy::Address& a) { return a.is_loopback(); });
      outcome->kind = Records::Kind::no_data;
    }
    return answered(outcome);
  }

 private:
  std::shared_ptr<ScriptedZone> world_;
};

// One client, 192.0.2.1, asked about in a world; with and without the program's health.
struct Told {
  policy::TextList listed, allowed, problems;
  bool operator==(const Told&) const = default;
};

Told ask(Resolver& dns, const policy::Policy& policy, ListHealth* health) {
  Connection connection;
  connection.client = test::address("192.0.2.1");
  const Transaction transaction;
  const policy::FactSet known;
  const auto facts = test::ask_lists(dns, {connection, transaction, known, policy}, health);
  const auto list = [&](std::string_view path) {  // what is known for sure
    const auto& value = *facts.value(path);
    const auto* part = std::get_if<policy::InPart>(&value);
    return part ? part->has : std::get<policy::TextList>(value);
  };
  return {list("dnsbl.listed"), list("dnsbl.allowed"), list("dnsbl.problems")};
}

// As a session sees it without health (the check asks the points), and as one does after the
// program's first test.
Told ask_both_ways(Resolver& dns, const policy::List& list) {
  policy::Policy policy;
  policy.lists = {list};
  const auto alone = ask(dns, policy, nullptr);
  const auto health = std::make_shared<ListHealth>();
  health->use(policy.lists);
  start_due_tests(health, dns, kNow);
  EXPECT_EQ(ask(dns, policy, health.get()), alone);
  return alone;
}

TEST(Worlds, PublicResolverThatSpamhausBlocks) {
  RewritingResolver dns(test::healthy_world(), "zen.example", test::addresses({"127.255.255.254"}));
  const auto told = ask_both_ways(dns, test::zen());
  EXPECT_THAT(told.listed, IsEmpty());
  EXPECT_THAT(told.problems,
              ElementsAre(StartsWith("zen: test point 127.0.0.2 answered 127.255.255.254: "
                                     "your resolver is blocked by Example ZEN: use your own")));
}

TEST(Worlds, ListThatClosedAndNoLongerAnswers) {
  RewritingResolver dns(test::healthy_world(), "zen.example",
                        tl::unexpected(Trouble{Trouble::Kind::timeout, "A 2.0.0.127.zen.example"}));
  const auto told = ask_both_ways(dns, test::zen());
  EXPECT_THAT(told.listed, IsEmpty());
  EXPECT_THAT(told.problems, ElementsAre("zen: test point 127.0.0.2: time-out"));
}

TEST(Worlds, ParkedDomainThatListsTheWorldWithAWebServer) {
  RewritingResolver dns(test::healthy_world(), "zen.example", test::addresses({"203.0.113.80"}));
  const auto told = ask_both_ways(dns, test::zen());
  EXPECT_THAT(told.listed, IsEmpty());
  EXPECT_THAT(told.problems, ElementsAre(HasSubstr("answered 203.0.113.80: not a list's answer")));
}

TEST(Worlds, ClosedListThatListsTheWorldWithAGoodCode) {
  RewritingResolver dns(test::healthy_world(), "zen.example", test::addresses({"127.0.0.2"}));
  const auto told = ask_both_ways(dns, test::zen());
  EXPECT_THAT(told.listed, IsEmpty());
  EXPECT_THAT(told.problems, ElementsAre(HasSubstr("test point 127.0.0.1 must not be listed")));
}

TEST(Worlds, ResolverThatRewritesNoSuchName) {
  auto world = std::make_shared<ScriptedZone>();
  test::put(*world, "2.0.0.127.zen.example", {"127.0.0.2"});
  for (const auto& point : test_points(test::zen()))
    if (point.label != "127.0.0.2") test::put(*world, point.name, {"198.51.100.7"});
  test::put(*world, "1.2.0.192.zen.example", {"198.51.100.7"});
  const auto told = ask_both_ways(*world, test::zen());
  EXPECT_THAT(told.listed, IsEmpty());
  EXPECT_THAT(told.problems, ElementsAre(HasSubstr("your resolver rewrites \"no such name\"")));
}

TEST(Worlds, ResolverHardenedAgainstPrivateAddresses) {
  auto world = test::healthy_world();
  test::put(*world, "1.2.0.192.zen.example", {"127.0.0.2"});
  HardenedResolver dns(world);
  const auto told = ask_both_ways(dns, test::zen());
  EXPECT_THAT(told.listed, IsEmpty());
  EXPECT_THAT(told.problems, ElementsAre(HasSubstr("private-address")));
}

TEST(Worlds, AllowListOverItsQuotaThatTrustsEverybody) {
  RewritingResolver dns(test::healthy_world(), "good.example", test::addresses({"127.0.10.3"}));
  const auto told = ask_both_ways(dns, test::allow_list());
  EXPECT_THAT(told.allowed, IsEmpty());
  EXPECT_THAT(told.problems, ElementsAre(HasSubstr("test point 127.0.0.1 must not be listed")));
}

TEST(Worlds, AllowListThatAnswersWithItsOverQuotaCode) {
  RewritingResolver dns(test::healthy_world(), "good.example", test::addresses({"127.0.0.255"}));
  const auto told = ask_both_ways(dns, test::allow_list());
  EXPECT_THAT(told.allowed, IsEmpty());
  EXPECT_THAT(told.problems, ElementsAre(HasSubstr("127.0.0.255")));
}

TEST(Worlds, AHealthyListBesideADeadOneStillCounts) {
  auto world = test::healthy_world();
  test::put(*world, "1.2.0.192.zen.example", {"127.0.0.2"});
  auto dead = test::zen();
  dead.id = "dead";
  dead.zone = "dead.example";
  RewritingResolver dns(world, "dead.example",
                        tl::unexpected(Trouble{Trouble::Kind::serv_fail, "A x.dead.example"}));
  policy::Policy policy;
  policy.lists = {dead, test::zen()};
  const auto told = ask(dns, policy, nullptr);
  EXPECT_THAT(told.listed, ElementsAre("zen"));
  EXPECT_THAT(told.problems, ElementsAre("dead: test point 127.0.0.2: SERVFAIL"));
}

// Every text that can come out of a list, in every world above: none holds the key.
TEST(Worlds, AKeyInTheZoneAppearsNowhere) {
  const std::string key = "abcdefghijklmnopqrstuvwxyz";
  auto list = test::zen();
  list.zone = key + ".zen.dq.example";
  const std::vector<Outcome> answers{test::addresses({"127.255.255.254"}),
                                     test::addresses({"203.0.113.80"}),
                                     test::addresses({"127.0.0.2"}),
                                     test::addresses({"127.0.0.99"}),
                                     tl::unexpected(Trouble{Trouble::Kind::timeout, "A " + list.zone}),
                                     Records{}};
  policy::Policy policy;
  policy.lists = {list};
  std::string all;
  for (const auto& answer : answers) {
    RewritingResolver dns(test::healthy_world(), list.zone, answer);
    const auto health = std::make_shared<ListHealth>([&](const std::string& said) { all += said; });
    health->use(policy.lists);
    for (const auto& told : {ask(dns, policy, nullptr), ask(dns, policy, health.get())})
      for (const auto& texts : {told.listed, told.allowed, told.problems})
        for (const auto& text : texts) all += text;
    start_due_tests(health, dns, kNow);
    for (const auto& report : health->report()) {
      all += report.id + report.name + report.standing.why + report.hit_rate;
      for (const auto& point : report.points) all += point.label + point.answer;
    }
  }
  EXPECT_THAT(all, HasSubstr("zen: test point 127.0.0.2"));
  EXPECT_THAT(all, ::testing::Not(HasSubstr(key)));
}

TEST(Prober, TestsInTheBackgroundWhatIsDue) {
  const auto world = test::healthy_world();
  const auto health = std::make_shared<ListHealth>();
  health->use({test::zen()});
  start_due_tests(health, *world, kNow);
  EXPECT_EQ(health->standing(test::zen(), 0).kind, Standing::Kind::believed);
  const auto asked = world->asked().size();
  start_due_tests(health, *world, kNow + 1);
  EXPECT_EQ(world->asked().size(), asked);
}

TEST(Prober, NeverWaitsForAnAnswerAndTakesItWhenItComes) {
  struct LateResolver : Resolver {
    std::vector<PendingLookup> pending;
    Lookup query(std::string_view, RecordType) override { return pending.emplace_back().handle(); }
  } late;
  const auto health = std::make_shared<ListHealth>();
  health->use({test::zen()});
  start_due_tests(health, late, kNow);
  EXPECT_EQ(health->standing(test::zen(), 0).kind, Standing::Kind::untested);
  for (std::size_t i = 0; i < late.pending.size(); ++i)
    late.pending[i].answer(i == 0 ? test::addresses({"127.0.0.2"}) : Records{});
  EXPECT_EQ(health->standing(test::zen(), 0).kind, Standing::Kind::believed);
}

TEST(Prober, TestsAllListsNowForTheCommandLine) {
  const auto world = test::healthy_world();
  auto dead = test::zen();
  dead.id = "dead";
  dead.zone = "dead.example";
  const auto report = test_lists_now({test::zen(), dead}, *world, Deadline::min(), kNow);
  ASSERT_EQ(report.size(), 2U);
  EXPECT_EQ(to_text(report[0].standing.kind), "ok");
  EXPECT_EQ(to_text(report[1].standing.kind), "failing");
  EXPECT_EQ(report[1].points[0].answer, "not listed");
}

TEST(Prober, ItsThreadBeginsAtOnceAndEndsWithIt) {
  const auto world = test::healthy_world();
  const auto health = std::make_shared<ListHealth>();
  health->use({test::zen()});
  {
    const ListProber prober(health, *world, [](const std::string&) {});
    while (health->report()[0].counts.tests == 0) std::this_thread::yield();
  }
  EXPECT_EQ(health->standing(test::zen(), 0).kind, Standing::Kind::believed);
}

}  // namespace
}  // namespace milter
