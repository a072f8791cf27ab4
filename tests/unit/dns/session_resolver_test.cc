#include "milter/dns/session_resolver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "milter/dns/zone.h"

namespace milter {
namespace {

// Answers when the test says so.
class SlowResolver : public Resolver {
 public:
  Lookup query(std::string_view, RecordType) override { return open.emplace_back().handle(); }
  std::vector<PendingLookup> open;
};

TEST(SessionResolver, CapsWhatIsOpenAtATime) {
  SlowResolver world;
  SessionResolver session(world);
  for (int i = 0; i < kMostOpenASession; ++i)
    ASSERT_EQ(session.query(fmt::format("x{}.org", i), RecordType::a).peek(), nullptr) << i;
  const auto beyond = session.query("Y.org.", RecordType::a);
  ASSERT_NE(beyond.peek(), nullptr);
  EXPECT_EQ(beyond.peek()->error().kind, Trouble::Kind::overload);
  EXPECT_EQ(beyond.peek()->error().detail, "A y.org: overload (this session asked too much)");
  world.open.front().answer(Records{});
  EXPECT_EQ(session.query("y.org", RecordType::a).peek(), nullptr);  // there is room again
}

TEST(SessionResolver, CapsTheQuestionsOfAMessage) {
  ScriptedZone world;
  SessionResolver session(world, 2, 3);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(session.query(fmt::format("x{}.org", i), RecordType::a).peek()->has_value()) << i;
  EXPECT_FALSE(session.query("x4.org", RecordType::a).peek()->has_value());
  EXPECT_FALSE(session.query("x5.org", RecordType::a).peek()->has_value());
  session.renew();
  EXPECT_TRUE(session.query("x4.org", RecordType::a).peek()->has_value());
}

TEST(SessionResolver, AsksTheSameQuestionOnce) {
  ScriptedZone world;
  SessionResolver session(world, 1, 1);
  for (const auto* name : {"x.org", "X.ORG", "x.org."})
    EXPECT_TRUE(session.query(name, RecordType::a).peek()->has_value()) << name;
  EXPECT_EQ(world.asked().size(), 1U);
}

TEST(SessionResolver, MayEndBeforeItsAnswers) {
  SlowResolver world;
  auto session = std::make_shared<SessionResolver>(world);
  bool told = false;
  session->query("x.org", RecordType::a).on_done([&told, owner = session->owner()](const Outcome&) {
    told = true;
  });
  session.reset();
  world.open.front().answer(Records{});
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace milter
