// What a session keeps and counts of a header, and what it tells the MTA to remove.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/session/headers.h"
#include "world.h"

namespace milter {
namespace {

using testing::HasSubstr;

const std::string kBounds =
    "  - {id: header-bounds, at: message, when: {headers.too_many: true}, reject: header-too-large, always: "
    "true}\n";
constexpr std::string_view kClaim = " mx1.example.net; dmarc=pass";

// A message whose header is told field by field.
struct Told : test::Scene {
  explicit Told(const std::string& rules = test::kRelay) : Scene(zone, rules) {
    begin();
    rcpt();
  }
  void field(std::string name, std::string value, std::int64_t times = 1) {
    for (; times > 0; --times) session->header({name, value});
  }
  Decision end() {
    session->end_of_headers();
    return finish(*session, session->end_of_message());
  }
  // As test cases name them: "from.domain".
  std::string text(std::string_view path) const { return std::string(session->facts().text(path)); }
  std::int64_t number(std::string_view path) const {
    return std::get<std::int64_t>(*session->facts().value(path));
  }
  ScriptedZone zone;
};

std::vector<int> removed(const Decision& decision) {
  std::vector<int> out;
  for (const auto& change : decision.headers)
    if (change.kind == HeaderChange::Kind::remove) out.push_back(change.occurrence);
  return out;
}

TEST(Header, IsKeptUpToItsFields) {
  for (const std::int64_t more : {0, 1}) {
    Told told;
    told.field("X", "", kMostHeaderFields - 1 + more);
    told.field("From", " a@example.org");
    told.end();
    EXPECT_EQ(told.session->facts().flag("headers.too_many"), more == 1);
    EXPECT_EQ(told.number("from.count"), 1) << "counted whatever is kept";
    const auto* why = told.session->facts().why_unknown("from.domain");
    ASSERT_EQ(why != nullptr, more == 1) << "not read, but not missing either";
    if (why) {
      EXPECT_EQ(why->owner, policy::Owner::client);
    }
    if (!why) {
      EXPECT_EQ(told.text("from.domain"), "example.org");
    }
  }
}

TEST(Header, IsKeptUpToItsOctets) {
  for (const std::int64_t more : {0, 1}) {
    Told told;
    const std::int64_t from = 21;  // "From: a@example.org" and CRLF
    told.field("X", std::string(static_cast<std::size_t>(kMostHeaderOctets - from - 4 + more), 'x'));
    told.field("From", " a@example.org");
    const auto decision = told.end();
    EXPECT_EQ(decision.record.size, kMostHeaderOctets + more + 2) << "counted whatever is kept";
    EXPECT_EQ(told.session->facts().flag("headers.too_many"), more == 1);
    EXPECT_EQ(told.session->facts().why_unknown("from.domain") != nullptr, more == 1);
  }
}

TEST(Header, OfTooManyFieldsIsRefused) {
  for (const std::int64_t more : {0, 1}) {
    Told told(kBounds);
    told.field("From", " a@example.org");
    told.field("X", "", kMostHeaderFields - 1 + more);
    const auto decision = told.end();
    ASSERT_EQ(decision.reply.has_value(), more == 1);
    if (!decision.reply) continue;
    EXPECT_EQ(decision.reply->code, 552);
    EXPECT_THAT(decision.reply->lines.front(), HasSubstr("2001 header fields, at most 2000"));
  }
}

// libmilter hands on the folds of a field as LF.
TEST(Header, IsAsLongAsItWasOnTheWire) {
  Told told;
  told.field("From", " a@example.org");            // 21
  told.field("Subject", " a\n b\r\n c");           // "Subject: a", " b" and " c", each with CRLF: 12 + 4 + 4
  EXPECT_EQ(told.end().record.size, 21 + 20 + 2);  // and the empty line
}

// A second From far behind what is kept is a second From.
TEST(Header, HidesNoSecondFrom) {
  Told told;
  told.field("From", " x@evil.example");
  told.field("X", "", 3 * kMostHeaderFields);
  told.field("FROM\t ", " ceo@bank.example");
  told.end();
  EXPECT_EQ(told.text("from.problem"), "2 From fields");
  EXPECT_EQ(told.text("from.domain"), "");
}

TEST(Header, LosesClaimsBehindWhatIsKept) {
  Told told;
  told.field("From", " x@evil.example");
  told.field("X", "", 3 * kMostHeaderFields);
  told.field("authentication-results ", std::string(kClaim));
  EXPECT_EQ(removed(told.end()), std::vector<int>{1});
}

// Numbered among the fields of their name, however that is spelt; the highest first, since removing one
// renumbers those below it.
TEST(Header, LosesClaimsFromTheHighestDown) {
  Told told;
  told.field("Authentication-Results", std::string(kClaim));
  told.field("Subject", std::string(kClaim));
  told.field("authentication-results", " other.example; spf=pass");
  told.field("AUTHENTICATION-RESULTS\t", "\"mx1.example.net\"; dkim=pass");
  told.field("X-Authentication-Results", std::string(kClaim));
  EXPECT_EQ(removed(told.end()), (std::vector<int>{3, 1}));
}

TEST(Header, OfTooManyClaimsIsRefused) {
  for (const std::int64_t more : {0, 1}) {
    Told told(kBounds);
    told.field("Authentication-Results", std::string(kClaim), kMostClaims + more);
    const auto decision = told.end();
    EXPECT_EQ(decision.reply.has_value(), more == 1);
    if (more == 0) {
      EXPECT_EQ(removed(decision).size(), static_cast<std::size_t>(kMostClaims));
    }
  }
}

// Where no rule refuses, all that can be removed are; what cannot is not let through.
TEST(Header, OfMoreClaimsThanAreRemovedIsDeferredWhateverTheRules) {
  for (const std::int64_t more : {0, 1}) {
    Told told;
    told.field("Authentication-Results", std::string(kClaim), static_cast<std::int64_t>(kMostRemoved) + more);
    const auto decision = told.end();
    ASSERT_EQ(decision.reply.has_value(), more == 1);
    EXPECT_EQ(removed(decision).size(), more == 1 ? 0 : kMostRemoved);
    if (!decision.reply) continue;
    EXPECT_EQ(decision.reply->code, 451);
    EXPECT_EQ(decision.record.reason, "filter-error");
  }
}

// A reader takes "From :" for From; so do the signature's, DMARC's and the counting's.
TEST(Header, NamesHaveBlanksBeforeTheColon) {
  Told told;
  told.field("From ", " a@example.org");
  told.field("List-Id\t", " <friends.example.org>");
  told.field("Received ", " x");
  told.field("Message-ID ", " <1@example.org>");
  const auto decision = told.end();
  EXPECT_EQ(told.text("from.domain"), "example.org");
  EXPECT_EQ(told.text("message.list_id"), "friends.example.org");
  EXPECT_EQ(told.number("message.received"), 1);
  EXPECT_EQ(decision.record.message_id, "1@example.org");
}

}  // namespace
}  // namespace milter
