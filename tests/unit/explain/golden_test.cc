// The account of one decision of each kind, as an administrator reads it. The diff is read as prose.
// UPDATE_GOLDEN=1 writes the files anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "milter/checks/check.h"
#include "policy/explain/account.h"
#include "policy/explain/explain.h"
#include "policy/load/catalogue.h"
#include "tests/unit/explain/world.h"

namespace milter {
namespace {

using policy::Stage;

void expect_golden(const std::string& name, const std::string& now) {
  const auto path = TEST_SOURCE_DIR "/tests/golden/explain/" + name + ".txt";
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << now;
  std::stringstream before;
  before << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_EQ(now, before.str()) << path;
}

std::string account_of(const policy::Record& record, const policy::Policy& policy) {
  return policy::account({record, &policy, &policy::shipped_catalogue(schema()), &schema()});
}

policy::Record refused(const policy::Policy& policy) {
  return decided(policy, with(with(clean(), "spf.result", "fail"), "spf.term", "-all"));
}

TEST(Account, OfARejectNamesRuleReplyAndWhatWouldHaveChangedIt) {
  const auto policy = load();
  expect_golden("reject", account_of(refused(policy), policy));
}

TEST(Account, OfADeferralNamesWhatWasUnknown) {
  const auto policy = load();
  const auto world = with(clean(), "spf.result", policy::Unavailable{"TXT shop.example: TIMEOUT"});
  expect_golden("defer-by-unknown", account_of(decided(policy, world), policy));
}

TEST(Account, OfAMonitoredRuleShowsWhatWouldHaveBeenSent) {
  const auto policy = load();
  auto world = with(with(clean_message(), "dmarc.result", "fail"), "dmarc.disposition", "reject");
  world = with(world, "dmarc.aligned_by", policy::TextList{});
  expect_golden("would-reject", account_of(decided(policy, world, Stage::message), policy));
}

TEST(Account, OfAnExceptionNamesIt) {
  const auto policy = load();
  auto record = decided(policy, with(with(clean(), "spf.result", "fail"), "client.ip", "203.0.113.9"));
  record.client_ip = "203.0.113.9";
  expect_golden("exception", account_of(record, policy));
}

TEST(Account, OfWhatIsKnownInPartSaysWhatItMayBe) {
  const auto policy =
      load(replaced("reject: dnsbl-listed, if_unknown: skip", "reject: dnsbl-listed, if_unknown: defer"));
  auto world = clean();
  world.lists.front().trouble = "time-out";
  expect_golden("defer-in-part", account_of(decided(policy, world), policy));
}

TEST(Account, OfASplitNamesThoseBefore) {
  const auto policy =
      load(replaced("exceptions:",
                    "  - {id: closed, at: message, when: {message.recipients: bob@example.net, "
                    "dmarc.result: fail}, reject: dmarc-reject}\nexceptions:"));
  auto world = clean();
  world.accepted = {{.path = "<ann@example.net>"}};
  expect_golden("split", account_of(decided(policy, world), policy));
}

TEST(Account, SaysWhatThePolicyOfTodayMakesOfIt) {
  const auto now =
      account_of(refused(load()), load(replaced("reject: spf-fail, if_unknown: defer",
                                                "reject: spf-fail, if_unknown: defer, mode: monitor")));
  EXPECT_NE(
      now.find("with the policy as it is now: accepted; rule spf, monitored, would refuse it: spf-fail"),
      std::string::npos)
      << now;
}

TEST(Account, OfAnAcceptNamesNearMisses) {
  const auto policy = load();
  expect_golden("accept", account_of(decided(policy, clean()), policy));
}

TEST(Account, OfTheMailServersOwnRefusalSaysThatNoPolicyWasAsked) {
  const auto policy = load();
  auto record = decided(policy, clean());
  record.event = policy::Event::mta_reject;
  record.verdict = {};
  record.enhanced = "5.1.1";
  record.mta_text = "<bob@example.net>: Recipient address rejected: User unknown in local recipient table";
  expect_golden("mta-reject", account_of(record, policy));
}

TEST(Account, SaysWhenThePolicyIsNotTheOneThatDecided) {
  const auto before = load();
  auto text = std::string(kPolicyText);
  text.replace(text.find("id: spf,"), 8, "id: other-name,");
  text.replace(text.find("skip: [spf]"), 11, "skip: [other-name]");
  const auto now = account_of(refused(before), load(text));
  EXPECT_NE(now.find("it has changed since"), std::string::npos) << now;
  EXPECT_NE(now.find("spf (no longer in policy.yaml)"), std::string::npos) << now;
}

TEST(Account, NeedsNoPolicyAndNoTexts) {
  const auto text = policy::account({refused(load())});
  EXPECT_NE(text.find("\n  ref                      7K2M9QXA\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n  rule                     spf\n"), std::string::npos) << text;
  EXPECT_NE(text.find("550 5.7.23 "), std::string::npos) << text;
  EXPECT_EQ(text.find("what would have changed"), std::string::npos);
}

TEST(Account, ShowsNothingThatCouldMoveTheCursor) {
  const auto policy = load();
  auto record = decided(policy, with(clean(), "client.name", "\x1b[2Jevil\n550 5.0.0 forged"));
  record.helo = "\r\nrule     forged";
  record.mail_from = "a\x9b@example.org";
  record.rcpt = {"b\n@example.net"};
  for (const char letter : account_of(record, policy) + policy::explain(record, &policy))
    EXPECT_TRUE((letter >= ' ' && letter <= '~') || letter == '\n') << static_cast<int>(letter);
  EXPECT_EQ(account_of(record, policy).find("\nrule     forged"), std::string::npos);
}

TEST(Account, AsJsonHoldsTheSame) {
  const auto policy = load();
  const auto json = nlohmann::json::parse(
      policy::account_json({refused(policy), &policy, &policy::shipped_catalogue(schema()), &schema()}));
  EXPECT_EQ(json["ref"], "7K2M9QXA");
  EXPECT_EQ(json["rule"]["id"], "spf");
  EXPECT_EQ(json["rule"]["file"], "policy.yaml");
  EXPECT_EQ(json["rule"]["line"], policy.rule("spf")->at.line);
  EXPECT_EQ(json["policy"]["logged"], json["policy"]["now"]);
  EXPECT_EQ(json["record"]["facts"]["spf"]["result"], "fail");
  EXPECT_FALSE(json["changes"].empty());
  EXPECT_FALSE(json["reply"].empty());
}

TEST(Explain, ForTryIsShort) {
  const auto policy = load();
  expect_golden("try", policy::explain(refused(policy), &policy) + '\n');
}

}  // namespace
}  // namespace milter
