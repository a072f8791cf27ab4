// What YAML cases cannot say of ptr and sender: bounds, silence, and what is asked when.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/checks/asking.h"

namespace milter {
namespace {

using testing::ElementsAre;

constexpr auto kA = RecordType::a;
constexpr auto kPtr = RecordType::ptr;
constexpr auto kMx = RecordType::mx;

class PtrCheck : public testing::Test {
 protected:
  PtrCheck() { world_.connection.client = policy::Address::parse("192.0.2.1"); }

  // The client has `names` PTR names, of which only the last leads back.
  std::string_view with_last_of(std::size_t names) {
    std::vector<std::string> all;
    for (std::size_t i = 1; i <= names; ++i) all.push_back(fmt::format("h{}.example.org", i));
    world_.zone.put("192.0.2.1", kPtr, found_names(all));
    world_.zone.put(all.back(), kA, found_addresses({"192.0.2.1"}));
    facts_ = world_.ask("ptr");
    return facts_.text("client.fcrdns");
  }

  AskedWorld world_;
  policy::FactSet facts_;
};

TEST_F(PtrCheck, TenNamesAreLookedUp) {
  EXPECT_EQ(with_last_of(10), "pass");
  EXPECT_EQ(facts_.text("client.name"), "h10.example.org");
}

TEST_F(PtrCheck, TheEleventhNameIsNot) {
  EXPECT_EQ(with_last_of(11), "");
  EXPECT_EQ(policy::to_text(*facts_.value("client.fcrdns")), "perhaps pass or mismatch");
  EXPECT_EQ(std::get<policy::InPart>(*facts_.value("client.names")).has.size(), 10U);
  EXPECT_EQ(facts_.why_unknown("client.fcrdns")->owner, policy::Owner::client) << "its own doing";
}

TEST_F(PtrCheck, SilenceIsATemporaryError) {
  world_.dns_answers = false;
  EXPECT_TRUE(world_.ask("ptr").why_unknown("client.fcrdns"));
}

TEST_F(PtrCheck, AClientWithoutAddressPassesAndAsksNothing) {
  world_.connection.client.reset();
  EXPECT_EQ(world_.ask("ptr").text("client.fcrdns"), "pass");
  EXPECT_THAT(world_.zone.asked(), ElementsAre());
}

TEST_F(PtrCheck, AsksForTheNamesThatAHostCanBear) {
  world_.zone.put("192.0.2.1", kPtr, found_names({"a.example.org", "bad name"}));
  world_.ask("ptr");
  EXPECT_THAT(world_.zone.asked(), ElementsAre("PTR 1.2.0.192.in-addr.arpa", "A a.example.org"));
}

class SenderCheck : public testing::Test {
 protected:
  // The sender's domain has `hosts` MX hosts, all with a private address.
  policy::FactSet with_private(std::size_t hosts) {
    std::vector<MailExchanger> all;
    for (std::size_t i = 1; i <= hosts; ++i) {
      all.push_back({static_cast<std::uint16_t>(i), fmt::format("h{}.example.org", i)});
      world_.zone.put(all.back().host, kA, found_addresses({"10.0.0.1"}));
    }
    world_.zone.put("example.org", kMx, found_hosts(all));
    return ask("<a@example.org>");
  }
  policy::FactSet ask(std::string from) {
    world_.transaction.mail_from = std::move(from);
    return world_.ask("sender_dns");
  }
  AskedWorld world_;
};

TEST_F(SenderCheck, OfTenPrivateMailHostsAllIsSaid) {
  EXPECT_EQ(with_private(10).text("sender.problem"), "MX points to loopback or private addresses only");
}

TEST_F(SenderCheck, OfElevenNothingIsSaidOfAll) { EXPECT_EQ(with_private(11).text("sender.problem"), ""); }

TEST_F(SenderCheck, SilenceLeavesKnownWhoTheSenderIs) {
  world_.dns_answers = false;
  const auto dns = ask("<a@example.org>");
  EXPECT_EQ(dns.why_unknown("sender.exists")->reason, "MX example.org: time budget");
  const auto facts = world_.ask("sender");
  EXPECT_EQ(facts.text("sender.domain"), "example.org");
  EXPECT_EQ(facts.text("sender.address"), "a@example.org");
}

TEST_F(SenderCheck, NothingIsAskedForTheNullSenderLiteralsAndNonsense) {
  for (const auto* from : {"<>", "<a@[192.0.2.1]>", "<a>", "<a@exa mple.org>"}) {
    ask(from);
  }
  EXPECT_THAT(world_.zone.asked(), ElementsAre());
}

TEST_F(SenderCheck, AsksForTheAddressesOfTheMailHosts) {
  world_.zone.put("example.org", kMx, found_hosts({{10, "mx.example.org"}}));
  ask("<a@example.org>");
  EXPECT_THAT(world_.zone.asked(), ElementsAre("MX example.org", "A mx.example.org", "AAAA mx.example.org"));
}

TEST_F(SenderCheck, AsksForTheDomainItselfWhereItHasNoMx) {
  world_.zone.put("example.org", kA, found_addresses({"192.0.2.1"}));
  ask("<a@example.org>");
  EXPECT_THAT(world_.zone.asked(), ElementsAre("MX example.org", "A example.org", "AAAA example.org"));
}

TEST_F(SenderCheck, AsksNoMoreOfADomainThatDoesNotExist) {
  ask("<a@example.org>");
  EXPECT_THAT(world_.zone.asked(), ElementsAre("MX example.org"));
}

TEST_F(SenderCheck, AUtf8DomainIsAskedForByItsALabels) {
  world_.zone.put("xn--bcher-kva.example", kMx, found_hosts({{10, "mx.example.org"}}));
  world_.zone.put("mx.example.org", kA, found_addresses({"192.0.2.1"}));
  const auto facts =
      ask("<a@B\xc3\xbc"
          "cher.example>");
  EXPECT_EQ(facts.text("sender.problem"), "");
  EXPECT_EQ(world_.ask("sender").text("sender.domain"), "xn--bcher-kva.example");
}

// RFC 8616 section 4: a HELO name in U-labels is asked about in A-labels.
TEST(SpfHeloCheck, ConvertsTheName) {
  AskedWorld world;
  world.connection.client = policy::Address::parse("192.0.2.1");
  world.connection.helo =
      "b\xc3\xbc"
      "cher.example";
  world.zone.put("xn--bcher-kva.example", RecordType::txt,
                 Records{.kind = Records::Kind::found, .texts = {"v=spf1 exists:%{h}.x.example -all"}});
  world.zone.put("xn--bcher-kva.example.x.example", RecordType::a, found_addresses({"127.0.0.2"}));
  EXPECT_EQ(world.ask("spf_helo").text("spf.helo_result"), "pass");
}

}  // namespace
}  // namespace milter
