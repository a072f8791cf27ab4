// A check is asked again, it does not wait: when it is run, how often, on what, and when its fact counts.
#include "milter/session/gathering.h"

#include <gmock/gmock.h>

#include "milter/auth/dkim/verify.h"
#include "policy/derive.h"
#include "world.h"

namespace milter {
namespace {

using testing::ElementsAre;

constexpr Deadline kBegin{std::chrono::hours(1)};
constexpr Window kWindow{kBegin, kBegin + std::chrono::seconds(4)};

struct Steps {
  std::int64_t runs = 0, answers = 0, unix_millis = 0;
  static constexpr std::tuple fields{policy::Field{"runs", &Steps::runs, "-"},
                                     policy::Field{"answers", &Steps::answers, "-"},
                                     policy::Field{"unix_millis", &Steps::unix_millis, "-"}};
};

int runs_so_far = 0;  // of the checks below: each test begins by setting it to 0

// Asks for a and b at once.
Gathered two_at_once(const CheckInput& input, Answers& answers) {
  ++runs_so_far;
  Steps steps{.runs = runs_so_far, .unix_millis = input.unix_millis};
  for (const auto* name : {"a.example", "b.example"})
    if (const auto* outcome = answers.of(name, RecordType::a)) steps.answers += outcome->has_value() ? 1 : 0;
  return policy::to_fact(steps);
}

// Asks for c0, then for c1, … as long as each exists.
Gathered one_after_another(const CheckInput&, Answers& answers) {
  ++runs_so_far;
  Steps steps;
  for (;; ++steps.answers) {
    const auto* outcome = answers.of("c" + std::to_string(steps.answers), RecordType::a);
    if (!outcome || !*outcome || !(*outcome)->name_exists()) return policy::to_fact(steps);
  }
}

Gathered half_of_the_time(const CheckInput&, Answers& answers) {
  ++runs_so_far;
  const auto* outcome = answers.of_by_half("nice.example", RecordType::txt);
  return policy::to_fact(Steps{.answers = outcome && *outcome ? 1 : 0});
}

Check check_of(Gathered (*gather)(const CheckInput&, Answers&)) {
  return {.doc = {.name = "steps",
                  .group = "steps",
                  .summary = {},
                  .doubt_reason = {},
                  .fields = policy::describe<Steps>()},
          .after = {},
          .gather = gather};
}

class GatheringTest : public testing::Test {
 protected:
  GatheringTest() { runs_so_far = 0; }
  CheckInput input(bool whole = true) {
    return {.connection = connection_,
            .transaction = transaction_,
            .observed = observed_,
            .facts = observed_.facts,
            .policy = policy_,
            .host = host_,
            .unix_millis = 7,
            .spf_records = records_,
            .whole = whole};
  }
  std::int64_t field(const Gathering& gathering, std::string_view name) {
    policy::FactSet facts;
    facts.put("steps", std::get<policy::Fields>(gathering.result()->fact));
    return std::get<std::int64_t>(*facts.value("steps." + std::string(name)));
  }
  static std::vector<std::string> names(const Waiting& waiting) {
    std::vector<std::string> out;
    for (const auto& run : waiting.runs())
      for (const auto& question : run.named)
        out.push_back(std::string(to_text(question.type)) + " " + question.name);
    return out;
  }

  test::PatientResolver dns_;
  Connection connection_;
  Transaction transaction_;
  policy::Observed observed_;
  policy::Host host_;
  policy::Policy policy_;
  SpfRecords records_;
};

TEST_F(GatheringTest, SaysWhatItWaitsForByNameAndType) {
  const auto check = check_of(two_at_once);
  Gathering gathering(check, input(), dns_);
  gathering.go_on(kWindow, kBegin);
  EXPECT_FALSE(gathering.result());
  EXPECT_THAT(names(gathering.waiting(kWindow)), ElementsAre("A a.example", "A b.example"));
  EXPECT_EQ(gathering.waiting(kWindow).until(), kWindow.end);
}

TEST_F(GatheringTest, IsRunAgainWhenAllThatTheLastRunNamedIsAnsweredAndNotBefore) {
  const auto check = check_of(two_at_once);
  Gathering gathering(check, input(), dns_);
  gathering.go_on(kWindow, kBegin);
  gathering.go_on(kWindow, kBegin);
  dns_.pending.at(1).answer(Records{});
  gathering.go_on(kWindow, kBegin);
  EXPECT_EQ(runs_so_far, 1);
  EXPECT_FALSE(gathering.result()) << "one answer would do for a fact, but not for this world's";
  dns_.pending.at(0).answer(Records{});
  gathering.go_on(kWindow, kBegin);
  ASSERT_TRUE(gathering.result());
  EXPECT_EQ(runs_so_far, 2);
  EXPECT_EQ(field(gathering, "answers"), 2);
  gathering.go_on(kWindow, kWindow.end);
  EXPECT_EQ(runs_so_far, 2) << "it has its fact";
}

TEST_F(GatheringTest, GivesItsFactAtTheAbsoluteDeadlineAndNotBefore) {
  const auto check = check_of(two_at_once);
  Gathering gathering(check, input(), dns_);
  gathering.go_on(kWindow, kBegin);
  dns_.pending.at(1).answer(Records{});
  gathering.go_on(kWindow, kWindow.end - std::chrono::nanoseconds(1));
  EXPECT_FALSE(gathering.result());
  gathering.go_on(kWindow, kWindow.end);
  ASSERT_TRUE(gathering.result());
  EXPECT_EQ(field(gathering, "answers"), 1) << "the other reads as a time-out";
}

TEST_F(GatheringTest, WaitsForWhatIsNiceToHaveForHalfOfTheDecisionsTime) {
  const auto check = check_of(half_of_the_time);
  Gathering gathering(check, input(), dns_);
  const auto late = kBegin + std::chrono::milliseconds(1999);
  gathering.go_on(kWindow, late);
  EXPECT_EQ(gathering.waiting(kWindow).until(), kWindow.half());
  gathering.go_on(kWindow, late);
  EXPECT_FALSE(gathering.result());
  gathering.go_on(kWindow, kBegin + std::chrono::seconds(2));
  EXPECT_TRUE(gathering.result()) << "half of the whole, however late it began";
}

TEST_F(GatheringTest, WhatWasAskedAheadHasTheDecisionsTime) {
  const auto check = check_of(two_at_once);
  Gathering gathering(check, input(), dns_);
  gathering.go_on({kBegin, Deadline::max()}, kBegin);
  EXPECT_EQ(gathering.waiting(kWindow).until(), kWindow.end);
  gathering.go_on(kWindow, kWindow.end);
  EXPECT_TRUE(gathering.result());
  EXPECT_EQ(dns_.asked.size(), 2U) << "each question once";
}

TEST_F(GatheringTest, OfARunThatDoesNotKnowAllOnlyTheQuestionsCount) {
  const auto check = check_of(two_at_once);
  Gathering gathering(check, input(false), dns_);
  gathering.go_on(kWindow, kBegin);
  EXPECT_EQ(dns_.asked.size(), 2U);
  dns_.answer_all(Records{});
  gathering.go_on(kWindow, kBegin);
  EXPECT_FALSE(gathering.result());
  EXPECT_TRUE(gathering.waiting(kWindow).empty());
}

// A chain of questions, each known by the answer before: runs are what it costs.
TEST_F(GatheringTest, TheSixteenthRunMayGiveTheFactTheSeventeenthIsUnavailable) {
  for (const int links : {kMostRuns - 1, kMostRuns}) {
    runs_so_far = 0;
    const auto check = check_of(one_after_another);
    test::PatientResolver dns;
    Gathering gathering(check, input(), dns);
    Records exists;
    exists.kind = Records::Kind::found;
    for (int i = 0; i <= links; ++i) {
      gathering.go_on(kWindow, kBegin);
      dns.answer_all(i + 1 < links ? Outcome(exists) : Outcome(Records{}));
    }
    ASSERT_TRUE(gathering.result()) << links;
    EXPECT_EQ(runs_so_far, kMostRuns);
    policy::FactSet facts;
    facts.put("steps", std::get<policy::Fields>(gathering.result()->fact));
    const auto* why = facts.why_unknown("steps.answers");
    EXPECT_EQ(why != nullptr, links == kMostRuns) << links;
    if (why) {
      EXPECT_EQ(why->reason, "16 answers in a row led to further questions");
    }
  }
}

// -------------------------------------------------------------------------------------------- of one message

class GatheringsTest : public testing::Test {
 protected:
  struct MovingClock : Clock {
    std::int64_t unix_millis() const override { return millis; }
    std::int64_t millis = 1000;
  };
  GatheringsTest() {
    connection_.client = policy::Address::parse("192.0.2.1");
    connection_.helo = "mail.example.org";
    transaction_.mail_from = "<a@example.org>";
    policy::List list;
    list.id = "bl";
    list.zone = "bl.example";
    list.codes = {{*policy::Address::parse("127.0.0.2"), *policy::Address::parse("127.0.0.2"), "spam", 8}};
    policy_.lists = {list};
    health_.use(policy_.lists);
    health_.tested("bl", {.passed = true}, 1);
  }
  JudgeInput input() { return {connection_, transaction_, env_}; }

  test::PatientResolver dns_;
  MovingClock clock_;
  ListHealth health_;
  policy::Policy policy_;
  Env env_{dns_, clock_, policy_, {"mx1.example.net"}, nullptr, &health_};
  Connection connection_;
  Transaction transaction_;
  policy::Observed observed_;
  Gatherings under_way_;
};

TEST_F(GatheringsTest, TheInputIsFrozenAtTheFirstRun) {
  const Wanted bl{find_check("dnsbl"), &policy_.lists.front()};
  auto& gathering = under_way_.of(bl, input(), observed_, policy::Stage::rcpt);
  gathering.go_on(kWindow, kBegin);
  clock_.millis = 2000;
  health_.problem("bl", "answered 192.0.2.80: parked", true, 2000);  // disabled, for those who come after
  auto& again = under_way_.of(bl, input(), observed_, policy::Stage::rcpt);
  EXPECT_EQ(&again, &gathering);
  EXPECT_EQ(again.input().unix_millis, 1000);
  Records listed;
  listed.kind = Records::Kind::found;
  listed.addresses = {*policy::Address::parse("127.0.0.2")};
  dns_.answer_all(listed);
  again.go_on(kWindow, kBegin);
  ASSERT_TRUE(again.result());
  ASSERT_TRUE(again.result()->list);
  observed_.lists.push_back(*again.result()->list);
  policy::derive(policy_, env_.host, observed_);
  EXPECT_EQ(*observed_.facts.value("dnsbl.weight"), policy::Value(std::int64_t{8}));
}

TEST_F(GatheringsTest, RunsHaveNoEffectsAndTheListsHealthIsToldOnce) {
  auto& gathering =
      under_way_.of({find_check("dnsbl"), &policy_.lists.front()}, input(), observed_, policy::Stage::rcpt);
  gathering.go_on(kWindow, kBegin);
  dns_.answer_all(Records{});
  gathering.go_on(kWindow, kBegin);
  EXPECT_EQ(health_.report().front().counts.asked, 0U) << "by the run itself";
  Judging judging(input(), policy::Stage::rcpt, observed_, under_way_, kWindow, {"dnsbl:bl"});
  EXPECT_TRUE(std::holds_alternative<Decided>(judging.step(kBegin)));
  EXPECT_EQ(health_.report().front().counts.asked, 1U) << "by who took the fact";
}

TEST_F(GatheringsTest, WhatWasAskedBeforeAllWasKnownIsAskedAgainWithMore) {
  const Wanted bl{find_check("dnsbl"), &policy_.lists.front()};
  policy_.lists.front().of = policy::ListOf::sender_domain;
  transaction_.mail_from.clear();
  under_way_.of(bl, input(), observed_, policy::Stage::helo).go_on(kWindow, kBegin);
  EXPECT_THAT(dns_.asked, testing::IsEmpty());
  transaction_.mail_from = "<a@example.org>";
  under_way_.of(bl, input(), observed_, policy::Stage::mail).go_on(kWindow, kBegin);
  EXPECT_THAT(dns_.asked, ElementsAre("A example.org.bl.example"));
}

TEST_F(GatheringsTest, DkimWaitsForItsKeysTogetherAndNamesThemWhenTheHeadersAreComplete) {
  const Wanted dkim{find_check("dkim")};
  for (const auto* domain : {"example.org", "example.net"})
    transaction_.headers.push_back(
        {"DKIM-Signature", std::string(" v=1; a=rsa-sha256; d=") + domain + "; s=k; h=from; bh=" +
                               "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=" + std::string(172, 'A')});
  transaction_.headers.push_back({"From", " a@example.org"});
  transaction_.dkim = std::make_shared<DkimVerifier>(
      DkimVerifier::Message{transaction_.headers, {"example.org"}, 1'795'000'000});
  under_way_.of(dkim, input(), observed_, policy::Stage::headers).go_on(kWindow, kBegin);
  EXPECT_THAT(dns_.asked,
              testing::UnorderedElementsAre("TXT k._domainkey.example.org", "TXT k._domainkey.example.net"));
  auto& gathering = under_way_.of(dkim, input(), observed_, policy::Stage::message);
  gathering.go_on(kWindow, kBegin);
  EXPECT_EQ(gathering.waiting(kWindow).runs().front().named.size(), 2U);
  const auto open = std::exchange(dns_.pending, {});
  for (std::size_t i = 0; i + 1 < open.size(); ++i) open[i].answer(Records{});
  gathering.go_on(kWindow, kBegin);
  EXPECT_FALSE(gathering.result());
  open.back().answer(Records{});
  gathering.go_on(kWindow, kBegin);
  EXPECT_TRUE(gathering.result());
}

}  // namespace
}  // namespace milter
