// What an MTA says and what it is answered, without a socket.
#include "milter/smtp/conversation.h"

#include <gmock/gmock.h>

#include <map>

#include "milter/dns/zone.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"

namespace milter {
namespace {

using testing::ElementsAre;

class StoppedClock : public Clock {
 public:
  std::int64_t unix_millis() const override { return 1'795'000'000'000; }
};

// Keeps what is written; throws when it is told to.
class Log : public LogSink {
 public:
  void write(const policy::Record& record) override {
    if (broken) throw std::runtime_error("the log is broken");
    reasons.push_back(record.reason);
    sizes.push_back(record.size.value_or(0));
  }
  bool broken = false;
  std::vector<std::string> reasons;
  std::vector<std::int64_t> sizes;
};

class ScriptedMta : public Mta {
 public:
  const char* macro(const char* name) override {
    const auto found = macros.find(name);
    return found == macros.end() ? nullptr : found->second.c_str();
  }
  std::optional<std::string> take(const char* name) override {
    const auto found = macros.extract(name);
    return found.empty() ? std::nullopt : std::optional(found.mapped());
  }
  bool edit(const HeaderChange& change) override {
    edits.push_back(change.name + ":" + change.value);
    return edits_are_taken;
  }
  std::map<std::string, std::string> macros;
  std::vector<std::string> edits;
  bool edits_are_taken = true;
};

const char* const kPolicy =
    "version: 1\n"
    "site: {name: mx1.example.net, contact: postmaster@example.net}\n"
    "domains: {local: [example.net]}\n"
    "trusted: {networks: []}\n"
    "rules:\n"
    "  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: relay-denied}\n";

std::shared_ptr<const Snapshot> snapshot() {
  const auto& catalogue = policy::shipped_catalogue(schema());
  auto loaded = policy::load_policy({kPolicy, "policy.yaml"}, schema(), catalogue, 0);
  return std::make_shared<const Snapshot>(Snapshot{*loaded.value, catalogue, nullptr});
}

struct Talk {
  ScriptedZone dns;
  StoppedClock clock;
  World world{dns, clock, {}, {}};
  Log log;
  ScriptedMta mta;
  Conversation conversation{snapshot(), world, log};

  explicit Talk(std::uint32_t steps = 0xffffffff) {
    conversation.begin(agree({0xffffffff, steps}));
    conversation.connect(mta, policy::Address::parse("192.0.2.1"), 40000, "mail.example.org");
    conversation.helo(mta, "mail.example.org");
    conversation.mail(mta, "<a@example.org>");
  }
  Answer finished(AnswerStep step) {
    while (const auto* waiting = std::get_if<Waiting>(&step)) {
      waiting->block();
      step = conversation.resume(mta);
    }
    return std::get<Answer>(step);
  }
  Answer rcpt(std::string_view path = "<b@example.net>") { return finished(conversation.rcpt(mta, path)); }
  Answer message(std::string_view from = " a@example.org") {
    conversation.header("From", from);
    conversation.end_of_headers(mta);
    conversation.body("hello\r\n");
    return finished(conversation.end_of_message(mta));
  }
};

int code(const Answer& answer) {
  const auto* reply = std::get_if<policy::Reply>(&answer);
  return reply ? reply->code : 0;
}

template <class Kind>
bool is(const Answer& answer) {
  return std::holds_alternative<Kind>(answer);
}

TEST(Conversation, AnswersNothingWhereNothingIsExpected) {
  Talk talk;
  EXPECT_TRUE(is<Nothing>(talk.conversation.header("From", " a@example.org")));
  EXPECT_TRUE(is<Nothing>(talk.conversation.end_of_headers(talk.mta)));
  EXPECT_TRUE(is<Nothing>(talk.conversation.body("x")));
}

TEST(Conversation, AlwaysAnswersHeloAndMailSinceQuestionsBeginThere) {
  Talk talk;
  EXPECT_TRUE(is<GoOn>(talk.conversation.helo(talk.mta, "mail.example.org")));
  EXPECT_TRUE(is<GoOn>(talk.conversation.mail(talk.mta, "<a@example.org>")));
}

TEST(Conversation, AnswersEverythingToAnMtaThatExpectsIt) {
  Talk talk(0);
  EXPECT_TRUE(is<GoOn>(talk.conversation.connect(talk.mta, std::nullopt, 0, "localhost")));
  EXPECT_TRUE(is<GoOn>(talk.conversation.header("From", "a@example.org")));
  EXPECT_TRUE(is<GoOn>(talk.conversation.end_of_headers(talk.mta)));
  EXPECT_TRUE(is<GoOn>(talk.conversation.body("x")));
}

TEST(Conversation, RefusesAndAcceptsWithARecordEach) {
  Talk talk;
  EXPECT_EQ(code(talk.rcpt("<x@elsewhere.example>")), 550);
  EXPECT_TRUE(is<GoOn>(talk.rcpt()));
  EXPECT_TRUE(is<GoOn>(talk.message()));
  EXPECT_THAT(talk.log.reasons, ElementsAre("relay-denied", "", ""));
}

TEST(Conversation, EditsCarryTheSpaceThatTheMtaKeeps) {
  Talk kept, eaten(0);
  kept.rcpt(), kept.message();
  eaten.rcpt(), eaten.message();
  ASSERT_EQ(kept.mta.edits.size(), 1U);
  ASSERT_EQ(eaten.mta.edits.size(), 1U);
  EXPECT_TRUE(kept.mta.edits[0].starts_with("Authentication-Results: mx1")) << kept.mta.edits[0];
  EXPECT_TRUE(eaten.mta.edits[0].starts_with("Authentication-Results:mx1")) << eaten.mta.edits[0];
}

// The size that is logged is what was on the wire: the space that the MTA ate belongs to it, a TAB does not have one.
TEST(Conversation, PutsTheSpaceBackThatTheMtaAte) {
  for (const auto& [steps, value, size] :
       {std::tuple{0xffffffffU, " x@y", 9}, {0U, "x@y", 9}, {0U, "\tx@y", 9}}) {
    Talk talk(steps);
    talk.rcpt();
    talk.message(value);
    EXPECT_EQ(talk.log.sizes.back(), size + 2 + 2 + 7) << value;
  }
}

TEST(Conversation, AFaultOfOursDefers) {
  Talk talk;
  talk.log.broken = true;
  EXPECT_EQ(code(talk.rcpt("<x@elsewhere.example>")), 451);
}

TEST(Conversation, AnEditThatTheMtaRefusesDefersRatherThanLeaveAForgedClaim) {
  Talk talk;
  talk.mta.edits_are_taken = false;
  talk.rcpt();
  EXPECT_EQ(code(talk.message()), 451);
  EXPECT_THAT(talk.log.reasons, ElementsAre("", "filter-error"));
}

TEST(Conversation, TheNextMessageIsNotToBlame) {
  Talk talk;
  talk.mta.edits_are_taken = false;
  talk.rcpt(), talk.message();
  talk.mta.edits_are_taken = true;
  talk.conversation.mail(talk.mta, "<a@example.org>");
  talk.rcpt();
  EXPECT_TRUE(is<GoOn>(talk.message()));
}

TEST(Terms, AreNeverMoreThanTheMtaOffers) {
  for (std::uint32_t offered = 1; offered != 0; offered <<= 1U) {
    const auto terms = agree({offered, offered});
    EXPECT_EQ(terms.actions & ~offered, 0U);
    EXPECT_EQ(terms.steps & ~offered, 0U);
  }
}

TEST(Terms, TakeEachStepWithoutReplyByItself) {
  const std::map<Command, std::uint32_t> steps{{Command::connect, step::no_reply_connect},
                                               {Command::header, step::no_reply_header},
                                               {Command::end_of_headers, step::no_reply_end_of_headers},
                                               {Command::body, step::no_reply_body}};
  for (const auto& [offered, bit] : steps)
    for (const auto& [command, other] : steps)
      EXPECT_EQ(agree({0, bit}).has_answer(command), command != offered);
  for (const auto command : {Command::helo, Command::mail, Command::rcpt, Command::end_of_message})
    EXPECT_TRUE(agree({0, 0xffffffff}).has_answer(command));
}

}  // namespace
}  // namespace milter
