#include "policy/derive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

namespace policy {
namespace {

using testing::ElementsAre;

Policy ours() {
  Policy policy;
  policy.domains = {{"example.net"}, {"relay.example"}};
  policy.trusted.networks = {*Network::parse("192.0.2.0/24")};
  policy.recipients = {{"example.net", "file", "recipients.txt", {}}};
  return policy;
}

RecipientAsked rcpt(std::string path, std::string status = "known") {
  return {.path = std::move(path),
          .answer = SourceAnswer{"file:recipients.txt", std::move(status), std::nullopt}};
}

Observed client(std::string ip, bool authenticated = false) {
  Observed observed;
  observed.facts.put("client",
                     Fields{{"ip", std::move(ip)}, {"authenticated", authenticated}, {"local", false}});
  return observed;
}

FactSet of_recipient(const Policy& policy, RecipientAsked recipient,
                     std::vector<RecipientAsked> before = {}) {
  auto observed = client("198.51.100.1");
  observed.recipient = std::move(recipient);
  observed.accepted = std::move(before);
  return derived(policy, std::move(observed));
}

TEST(Derive, TrustIsThePolicys) {
  EXPECT_TRUE(derived(ours(), client("192.0.2.9")).flag("client.trusted"));
  EXPECT_FALSE(derived(ours(), client("198.51.100.9")).flag("client.trusted"));
  EXPECT_TRUE(derived(ours(), client("198.51.100.9", true)).flag("client.trusted"));
  auto strict = ours();
  strict.trusted.authenticated = false;
  EXPECT_FALSE(derived(strict, client("198.51.100.9", true)).flag("client.trusted"));
}

TEST(Derive, NobodyConnectedNothingIsSaid) { EXPECT_FALSE(derived(ours(), {}).has("client")); }

TEST(Derive, OurNameIsTheHostsWhereTheSiteHasNone) {
  auto observed = client("198.51.100.1");
  observed.facts.put("helo", Fields{{"name", std::string("mx.example.net")}});
  EXPECT_TRUE(derived(ours(), observed).flag("helo.ours"));
  observed.facts.put("helo", Fields{{"name", std::string("pc.example.net")}});
  EXPECT_FALSE(derived(ours(), observed).flag("helo.ours"));
}

TEST(Derive, WhoIsOursDependsOnTheDomains) {
  EXPECT_TRUE(of_recipient(ours(), rcpt("<bob@example.net>")).flag("recipient.ours"));
  EXPECT_FALSE(of_recipient(ours(), rcpt("<bob@other.example>")).flag("recipient.ours"));
  EXPECT_EQ(of_recipient(ours(), rcpt("<bob%other.example@example.net>")).text("recipient.domain"),
            "other.example");
}

TEST(Derive, AStatusIsWhatTheSourceOfThisPolicySaid) {
  EXPECT_EQ(of_recipient(ours(), rcpt("<bob@example.net>", "unknown")).text("recipient.status"), "unknown");
  auto other = ours();
  other.recipients[0].path = "others.txt";
  EXPECT_EQ(of_recipient(other, rcpt("<bob@example.net>", "unknown")).value("recipient.status"), nullptr)
      << "another source was asked: nobody knows";
  other.recipients.clear();
  EXPECT_EQ(of_recipient(other, rcpt("<bob@example.net>", "unknown")).text("recipient.status"), "known");
}

TEST(Derive, PostmasterIsKnownWithoutAsking) {
  const auto facts = of_recipient(ours(), {.path = "<Postmaster@example.net>"});
  EXPECT_EQ(facts.text("recipient.status"), "known");
  EXPECT_TRUE(facts.flag("recipient.role"));
  EXPECT_EQ(source_for(ours(), {.path = "<postmaster@example.net>"}), nullptr);
  EXPECT_NE(source_for(ours(), {.path = "<bob@example.net>"}), nullptr);
}

TEST(Derive, ADomainThatIsNoNameIsNobodysWhateverItsEnd) {
  auto wide = ours();
  wide.domains.local = {"*.example.net"};
  EXPECT_FALSE(
      of_recipient(wide, rcpt("<bob@far.example:\xc3\xbc.users.example.net>")).flag("recipient.ours"));
}

Rule of_the_end(std::string recipient, Mode mode = Mode::enforce) {
  Rule rule{.id = "end", .stage = Stage::message, .reason = "dmarc-reject", .mode = mode};
  rule.when = {{.path = "message.recipients",
                .check = "message",
                .test = OneOf{{std::move(recipient)}},
                .negated = true}};
  return rule;
}

TEST(Derive, RecipientsOfSeveralKindsAreSplit) {
  auto policy = ours();
  policy.rules = {of_the_end("bob@example.net")};
  EXPECT_TRUE(
      of_recipient(policy, rcpt("<bob@example.net>"), {rcpt("<ann@example.net>")}).flag("recipient.split"));
  EXPECT_FALSE(
      of_recipient(policy, rcpt("<joe@example.net>"), {rcpt("<ann@example.net>")}).flag("recipient.split"));
  EXPECT_FALSE(of_recipient(policy, rcpt("<bob@example.net>")).flag("recipient.split"));
}

TEST(Derive, NothingIsSplitWhereNoRuleOfTheEndIsEnforced) {
  auto policy = ours();
  policy.rules = {of_the_end("bob@example.net", Mode::monitor)};
  EXPECT_FALSE(
      of_recipient(policy, rcpt("<bob@example.net>"), {rcpt("<ann@example.net>")}).flag("recipient.split"));
}

TEST(Derive, AnAcceptOfRcptThatMayShieldFromTheEndSplits) {
  auto policy = ours();
  Rule accept{.id = "friends", .action = Action::accept};
  accept.when = {{.path = "recipient.address", .check = "recipient", .test = OneOf{{"bob@example.net"}}}};
  policy.rules = {accept, of_the_end("nobody@example.net")};
  EXPECT_TRUE(
      of_recipient(policy, rcpt("<bob@example.net>"), {rcpt("<ann@example.net>")}).flag("recipient.split"));
  std::swap(policy.rules[0], policy.rules[1]);
  EXPECT_FALSE(
      of_recipient(policy, rcpt("<bob@example.net>"), {rcpt("<ann@example.net>")}).flag("recipient.split"))
      << "below the rule of the end it shields from nothing";
  std::swap(policy.rules[0], policy.rules[1]);
  policy.rules[0].when.push_back({.path = "client.trusted", .check = "client", .test = IsFlag{true}});
  EXPECT_FALSE(
      of_recipient(policy, rcpt("<bob@example.net>"), {rcpt("<ann@example.net>")}).flag("recipient.split"))
      << "it holds for neither";
}

// Else a recipient would be told apart before DNS has answered, and one like him not after it.
TEST(Derive, WhatIsAskedOfOthersTellsNoRecipientsApart) {
  auto policy = ours();
  Rule accept{.id = "friends", .action = Action::accept};
  accept.when = {{.path = "recipient.address", .check = "recipient", .test = OneOf{{"bob@example.net"}}},
                 {.path = "spf.result", .check = "spf", .test = OneOf{{"pass"}}}};
  policy.rules = {accept, of_the_end("nobody@example.net")};
  auto observed = client("203.0.113.9");
  observed.recipient = rcpt("<bob@example.net>");
  observed.accepted = {rcpt("<ann@example.net>")};
  EXPECT_TRUE(derived(policy, observed).flag("recipient.split"));
  for (const auto& spf :
       {Value(std::string("pass")), Value(std::string("fail")), Value(Unavailable{"time-out"})}) {
    observed.facts.put("spf.result", spf);
    EXPECT_TRUE(derived(policy, observed).flag("recipient.split"));
  }
}

// A log of another policy, whose sources nobody asked: whether he would be split is not known.
TEST(Derive, WhomOnlyAnUnaskedSourceTellsApartIsNotKnownToBeSplit) {
  auto policy = ours();
  Rule end{.id = "end", .stage = Stage::message, .reason = "dmarc-reject"};
  end.when = {{.path = "recipient.status", .check = "recipient", .test = OneOf{{"known"}}}};
  policy.rules = {end};
  auto observed = client("203.0.113.9");
  observed.recipient = rcpt("<bob@example.net>");
  observed.accepted = {rcpt("<ann@example.net>")};
  observed.accepted.front().answer.reset();
  EXPECT_EQ(derived(policy, observed).value("recipient.split"), nullptr);
  for (const auto* status : {"known", "full"}) {
    observed.accepted = {rcpt("<ann@example.net>", status)};
    EXPECT_EQ(derived(policy, observed).flag("recipient.split"), status == std::string("full"));
  }
}

TEST(Derive, ClientsOfOursAreNeverSplitButMixed) {
  auto policy = ours();
  policy.rules = {of_the_end("bob@example.net")};
  auto observed = client("192.0.2.1");
  observed.recipient = rcpt("<bob@example.net>");
  observed.accepted = {rcpt("<ann@example.net>")};
  EXPECT_FALSE(derived(policy, observed).flag("recipient.split"));
  observed.accepted.push_back(rcpt("<bob@example.net>"));
  observed.facts.put("message", Fields{{"size", std::int64_t{1}}});
  const auto facts = derived(policy, observed);
  EXPECT_TRUE(facts.flag("message.mixed"));
  EXPECT_THAT(std::get<TextList>(*facts.value("message.recipients")),
              ElementsAre("ann@example.net", "bob@example.net"));
}

}  // namespace
}  // namespace policy
