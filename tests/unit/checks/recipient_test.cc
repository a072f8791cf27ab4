// What YAML cases cannot say of recipients: the MTA's macros, and sources in trouble.
#include <gtest/gtest.h>

#include "milter/recipients/recipients.h"
#include "policy/path.h"
#include "tests/unit/checks/asking.h"

namespace milter {
namespace {

class Source : public Recipients {
 public:
  explicit Source(StatusAnswer answer) : answer_(std::move(answer)) {}
  StatusAnswer find(std::string_view local, std::string_view domain) const override {
    asked = std::string(local) + "@" + std::string(domain);
    return answer_;
  }
  mutable std::string asked;

 private:
  StatusAnswer answer_;
};

class RecipientCheck : public testing::Test {
 protected:
  RecipientCheck() {
    world_.policy.domains.local = {"example.net", "virtual.example"};
    world_.policy.domains.relay = {"backup.example.org"};
    world_.policy.recipients = {{"example.net", "file", "recipients.txt", {}}};
  }
  policy::FactSet ask(RecipientCommand command) {
    world_.transaction.recipient = std::move(command);
    return world_.ask("recipient");
  }
  AskedWorld world_;
};

TEST_F(RecipientCheck, TheMtaHasTheLastWordInALocalDomain) {
  const auto facts =
      ask({.path = "<x%y@example.net>", .mta_address = "x%y@example.net", .mta_mailer = "local"});
  EXPECT_TRUE(facts.flag("recipient.ours"));
  EXPECT_EQ(facts.text("recipient.address"), "x%y@example.net");
}

TEST_F(RecipientCheck, TheMtaSaysThatARouteLeadsElsewhere) {
  for (const auto* path :
       {"<x%far.example@example.net>", "<\"x@far.example\"@example.net>", "<@example.net:x@far.example>"}) {
    const auto facts = ask({.path = path, .mta_address = "x@far.example", .mta_mailer = "smtp"});
    EXPECT_FALSE(facts.flag("recipient.ours")) << path;
    EXPECT_EQ(facts.text("recipient.domain"), "far.example") << path;
  }
}

TEST_F(RecipientCheck, RoutesThroughARelayDomainAreFollowedThoughTheMtaKeepsThem) {
  for (const auto* address : {"x%far.example@backup.example.org", "far.example!x@backup.example.org",
                              "x@far.example@backup.example.org"}) {
    const auto facts =
        ask({.path = "<" + std::string(address) + ">", .mta_address = address, .mta_mailer = "relay"});
    EXPECT_FALSE(facts.flag("recipient.ours")) << address;
    EXPECT_EQ(facts.text("recipient.address"), "x@far.example") << address;
  }
}

TEST_F(RecipientCheck, ASourceRouteThatTheMtaKeepsGoesToItsFirstHost) {
  const auto away =
      ask({.path = "<@far.example:bob@example.net>", .mta_address = "@far.example:bob@example.net"});
  EXPECT_FALSE(away.flag("recipient.ours"));
  const auto through =
      ask({.path = "<@example.net:x@far.example>", .mta_address = "@example.net:x@far.example"});
  EXPECT_FALSE(through.flag("recipient.ours"));
  const auto home =
      ask({.path = "<@example.net:bob@virtual.example>", .mta_address = "@example.net:bob@virtual.example"});
  EXPECT_TRUE(home.flag("recipient.ours"));
}

TEST_F(RecipientCheck, APlainAddressOfOursStaysOursWhereTheMtaMapsItElsewhere) {
  const auto facts =
      ask({.path = "<info@virtual.example>", .mta_address = "bob@far.example", .mta_mailer = "esmtp"});
  EXPECT_TRUE(facts.flag("recipient.ours"));
  EXPECT_EQ(facts.text("recipient.address"), "info@virtual.example");
}

TEST_F(RecipientCheck, AnAddressWithoutDomainIsALocalUserOfTheDomainThatWasAskedFor) {
  const auto facts = ask({.path = "<vera@virtual.example>", .mta_address = "vera", .mta_mailer = "local"});
  EXPECT_TRUE(facts.flag("recipient.ours"));
  EXPECT_EQ(facts.text("recipient.address"), "vera@virtual.example");
  EXPECT_TRUE(ask({.path = "<bob>", .mta_address = "bob", .mta_mailer = "local"}).flag("recipient.ours"));
  EXPECT_FALSE(
      ask({.path = "<x@far.example>", .mta_address = "x", .mta_mailer = "local"}).flag("recipient.ours"));
}

TEST_F(RecipientCheck, AVirtualAliasHasTheErrorMailerButIsNotRefused) {
  const auto facts = ask({.path = "<vic@virtual.example>",
                          .mta_address = "vic@virtual.example",
                          .mta_mailer = "error",
                          .mta_host = "5.1.1 User unknown in virtual alias table"});
  EXPECT_TRUE(facts.flag("recipient.ours"));
  EXPECT_FALSE(facts.flag("recipient.mta_refused"));
  EXPECT_EQ(facts.text("recipient.mta_text"), "");
}

TEST_F(RecipientCheck, OfARefusedRecipientTheMacroIsTheMtasText) {
  const auto facts = ask({.path = "<x%far.example@example.net>",
                          .mta_address = "Relay access denied by postmaster@example.net",
                          .mta_mailer = "error",
                          .mta_host = "5.7.1",
                          .refused_by_mta = true});
  EXPECT_TRUE(facts.flag("recipient.mta_refused"));
  EXPECT_EQ(facts.text("recipient.mta_text"), "Relay access denied by postmaster@example.net");
  EXPECT_EQ(facts.text("recipient.address"), "x@far.example");
  EXPECT_FALSE(facts.flag("recipient.ours"));
}

TEST_F(RecipientCheck, AMacroThatIsNoAddressIsNotBelieved) {
  const auto facts =
      ask({.path = "<x%far.example@example.net>", .mta_address = "see postmaster@example net"});
  EXPECT_FALSE(facts.flag("recipient.ours"));
}

TEST_F(RecipientCheck, ASecondTrailingDotIsNotIgnored) {
  EXPECT_TRUE(ask({.path = "<bob@example.net.>"}).flag("recipient.ours"));
  EXPECT_FALSE(ask({.path = "<bob@example.net..>"}).flag("recipient.ours"));
}

TEST_F(RecipientCheck, AnAddressLiteralIsOursOnlyIfItIsListed) {
  world_.policy.domains.local = {"[192.0.2.25]"};
  EXPECT_TRUE(ask({.path = "<bob@[192.0.2.25]>"}).flag("recipient.ours"));
  EXPECT_FALSE(ask({.path = "<bob@[192.0.2.26]>"}).flag("recipient.ours"));
  EXPECT_FALSE(ask({.path = "<bob@192.0.2.25>"}).flag("recipient.ours"));
  EXPECT_FALSE(ask({.path = "<x%far.example@[192.0.2.25]>"}).flag("recipient.ours"));
}

TEST_F(RecipientCheck, TheSourceIsAskedForTheMailboxThatIsMeant) {
  const Source source(Status::full);
  world_.recipients = &source;
  const auto facts = ask({.path = "<\"Bob\"@Example.NET.>"});
  EXPECT_EQ(source.asked, "Bob@example.net");
  EXPECT_EQ(facts.text("recipient.status"), "full");
}

TEST_F(RecipientCheck, TroubleOfTheSourceLeavesKnownWhoseMailboxItIs) {
  const Source source(tl::unexpected(policy::Unavailable{"list.txt: No such file or directory"}));
  world_.recipients = &source;
  const auto facts = ask({.path = "<bob@example.net>"});
  EXPECT_TRUE(facts.flag("recipient.ours"));
  EXPECT_EQ(*facts.value("recipient.status"),
            policy::Value(policy::Unavailable{"list.txt: No such file or directory"}));
}

TEST_F(RecipientCheck, RoleAddressesAndForeignOnesAreKnownWithoutAsking) {
  const Source source(Status::unknown);
  world_.recipients = &source;
  for (const auto* path :
       {"<postmaster>", "<Postmaster@example.net>", "<abuse@backup.example.org>", "<x@far.example>"}) {
    EXPECT_EQ(ask({.path = path}).text("recipient.status"), "known") << path;
    EXPECT_EQ(source.asked, "") << path;
  }
}

TEST_F(RecipientCheck, TheBarePostmasterIsOursInWhateverDomainTheMtaPutsIt) {
  const auto facts =
      ask({.path = "<Postmaster>", .mta_address = "Postmaster@mx1.elsewhere.example", .mta_mailer = "local"});
  EXPECT_TRUE(facts.flag("recipient.ours"));
  EXPECT_TRUE(facts.flag("recipient.role"));
  EXPECT_FALSE(ask({.path = "<postmaster@far.example>", .mta_address = "postmaster@far.example"})
                   .flag("recipient.ours"));
}

TEST_F(RecipientCheck, AnAddressOfTheMtaThatMayBeCutIsNotBelieved) {
  const auto ending = [](std::size_t octets, std::string_view end) {
    return std::string(octets - end.size(), 'x') + std::string(end);
  };
  for (const auto* end : {"@example.net", "x"}) {
    const auto longest = ending(policy::kLongestPath, end);
    EXPECT_TRUE(ask({.path = "<" + longest + ">", .mta_address = longest}).flag("recipient.ours")) << end;
    const auto longer = ending(policy::kLongestPath + 1, end);
    EXPECT_FALSE(ask({.path = "<" + longer + ">", .mta_address = longer}).flag("recipient.ours")) << end;
  }
}

TEST_F(RecipientCheck, AbuseStaysARoleWhenTheMtaHasExpandedItsAlias) {
  EXPECT_TRUE(ask({.path = "<abuse@example.net>", .mta_address = "root", .mta_mailer = "local"})
                  .flag("recipient.role"));
  EXPECT_FALSE(ask({.path = "<postmaster%far.example@example.net>", .mta_address = "postmaster@far.example"})
                   .flag("recipient.role"));
}

}  // namespace
}  // namespace milter
