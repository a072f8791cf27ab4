// A fault of ours defers, whatever it is and wherever it happens.
#include "milter/smtp/guard.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "milter/dns/resolver.h"
#include "milter/session/session.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"

namespace milter {
namespace {

class StoppedClock : public Clock {
 public:
  std::int64_t unix_millis() const override { return 1'795'000'000'000; }
};

class ThrowingResolver : public Resolver {
 public:
  Lookup query(std::string_view, RecordType) override { throw std::runtime_error("the engine is broken"); }
};

std::shared_ptr<const Snapshot> snapshot_of(const std::string& text) {
  const auto& catalogue = policy::shipped_catalogue(schema());
  auto loaded = policy::load_policy({text, "policy.yaml"}, schema(), catalogue, 0);
  return std::make_shared<const Snapshot>(Snapshot{*loaded.value, catalogue, nullptr});
}

const std::string kPolicy =
    "version: 1\n"
    "site: {name: mx1.example.net, contact: postmaster@example.net}\n"
    "domains: {local: [example.net]}\n"
    "trusted: {networks: []}\n"
    "rules:\n"
    "  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: relay-denied}\n"
    "  - {id: domain, at: rcpt, when: {sender.exists: false}, reject: sender-domain-missing}\n";

// What the callbacks do with a session, without libmilter.
struct Guarded {
  ThrowingResolver dns;
  StoppedClock clock;
  World world{dns, clock, {}, {}};
  Session session{snapshot_of(kPolicy), world};
  Guard guard;

  Decision rcpt() {
    return guard.answer(
        [&] {
          return finish(session, session.rcpt({"<b@example.net>", "", "", "", false}));
        },
        [&](const std::string& what) { return session.filter_error(policy::Stage::rcpt, what); });
  }
};

TEST(Guard, ExceptionInACheckBecomesAFilterErrorThatDefers) {
  Guarded guarded;
  guarded.session.connect({});
  guarded.guard.listen(Scope::message, [&] { guarded.session.mail("<a@example.org>", ""); });
  const auto decision = guarded.rcpt();
  ASSERT_TRUE(decision.reply);
  EXPECT_EQ(decision.reply->code, 451);
  EXPECT_EQ(decision.reply->enhanced, "4.3.0");
  EXPECT_EQ(decision.record.event, policy::Event::defer);
  EXPECT_EQ(decision.record.reason, "filter-error");
  const auto* why = decision.record.observed.facts.why_unknown("filter.error");
  ASSERT_TRUE(why);
  EXPECT_EQ(why->reason, "the engine is broken");
  EXPECT_EQ(policy::lint(*decision.reply), "");
}

TEST(Guard, AnswersWhatTheBodyAnswers) {
  Guard guard;
  EXPECT_EQ(guard.answer([] { return 1; }, [](const std::string&) { return 2; }), 1);
}

TEST(Guard, FaultOfACallbackWithAnAnswerIsNotHeldAgainstTheNext) {
  Guard guard;
  const auto defer = [](const std::string&) { return 2; };
  EXPECT_EQ(guard.answer([]() -> int { throw std::runtime_error("x"); }, defer), 2);
  EXPECT_EQ(guard.answer([] { return 1; }, defer), 1);
}

TEST(Guard, FaultWithoutAnswerIsToldAtTheNextThatHasOne) {
  Guard guard;
  guard.listen(Scope::message, [] { throw std::runtime_error("in a header"); });
  const auto what = [](const std::string& why) { return why; };
  EXPECT_EQ(guard.answer([] { return std::string("fine"); }, what), "in a header");
}

TEST(Guard, NothingRunsAfterAFaultWithoutAnswer) {
  Guard guard;
  guard.listen(Scope::message, [] { throw std::runtime_error("x"); });
  bool ran = false;
  guard.listen(Scope::message, [&] { ran = true; });
  EXPECT_FALSE(ran);
}

TEST(Guard, FaultInAMessageEndsWithIt) {
  Guard guard;
  guard.listen(Scope::message, [] { throw std::runtime_error("x"); });
  guard.begin_message();
  EXPECT_FALSE(guard.is_broken());
}

TEST(Guard, FaultInWhatTheConnectionToldLastsAsLongAsIt) {
  Guard guard;
  guard.listen(Scope::connection, [] { throw std::runtime_error("x"); });
  guard.begin_message();
  EXPECT_TRUE(guard.is_broken());
}

TEST(Guard, AnyTypeIsCaught) {
  Guard guard;
  guard.listen(Scope::message, [] { throw 42; });
  const auto what = [](const std::string& why) { return why; };
  EXPECT_THAT(guard.answer([] { return std::string(); }, what), testing::HasSubstr("not a std::exception"));
}

}  // namespace
}  // namespace milter
