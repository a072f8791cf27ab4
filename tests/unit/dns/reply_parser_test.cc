#include "milter/dns/reply_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dns/reply_builder.h"

namespace milter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using B = ReplyBuilder;
using Bytes = B::Bytes;

constexpr std::uint16_t kA = 1, kPtr = 12, kMx = 15, kTxt = 16, kAaaa = 28;
const Bytes kAddress{192, 0, 2, 1};

Outcome parse(const B& reply, RecordType type = RecordType::a, std::string name = "x.org") {
  return parse_reply(reply.bytes(), {std::move(name), type});
}

std::string why(const B& reply, RecordType type = RecordType::a) {
  const auto outcome = parse(reply, type);
  if (outcome) return "no trouble";
  EXPECT_EQ(outcome.error().kind, Trouble::Kind::bad_reply);
  return outcome.error().detail;
}

B a_reply(std::uint16_t flags = B::kPlain) { return {"x.org", kA, flags}; }

TEST(ReplyParser, ReadsEveryType) {
  EXPECT_THAT(parse(a_reply().record(B::answer, "x.org", kA, 60, kAddress))->addresses,
              ElementsAre(*policy::Address::parse("192.0.2.1")));
  Bytes v6(16);
  v6[0] = 0x20;
  v6[15] = 1;
  EXPECT_THAT(parse(B("x.org", kAaaa).record(B::answer, "x.org", kAaaa, 60, v6), RecordType::aaaa)->addresses,
              ElementsAre(*policy::Address::parse("2000::1")));
  EXPECT_THAT(
      parse(B("x.org", kPtr).record(B::answer, "x.org", kPtr, 60, B::name("Mail.X.org")), RecordType::ptr)
          ->names,
      ElementsAre("mail.x.org"));
  EXPECT_THAT(
      parse(B("x.org", kTxt).record(B::answer, "x.org", kTxt, 60, B::strings({"v=spf1 ", "", "-all"})),
            RecordType::txt)
          ->texts,
      ElementsAre("v=spf1 -all"));
}

TEST(ReplyParser, SortsExchangersAndReadsTheNullOne) {
  const auto mx = [](std::uint16_t preference, std::string_view host) {
    return B::join({B::number16(preference), B::name(host)});
  };
  EXPECT_THAT(parse(B("x.org", kMx)
                        .record(B::answer, "x.org", kMx, 60, mx(20, "b.x.org"))
                        .record(B::answer, "x.org", kMx, 60, mx(10, "A.x.org"))
                        .record(B::answer, "x.org", kMx, 60, mx(0, "")),
                    RecordType::mx)
                  ->exchangers,
              ElementsAre(MailExchanger{0, ""}, MailExchanger{10, "a.x.org"}, MailExchanger{20, "b.x.org"}));
}

TEST(ReplyParser, FollowsCompression) {
  const Bytes record{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
  EXPECT_THAT(parse(a_reply().raw(record).count(B::answer))->addresses, SizeIs(1));
}

TEST(ReplyParser, NameComparesWithoutCase) {
  EXPECT_THAT(parse(B("X.ORG", kA).record(B::answer, "x.Org", kA, 60, kAddress))->addresses, SizeIs(1));
}

TEST(ReplyParser, TellsNodataFromNxdomain) {
  EXPECT_EQ(parse(a_reply().soa(900, 300))->kind, Records::Kind::no_data);
  EXPECT_EQ(parse(a_reply(0x8183).soa(900, 300))->kind, Records::Kind::no_name);
  EXPECT_EQ(parse(a_reply())->kind, Records::Kind::no_data) << "without SOA, as systemd-resolved answers";
}

TEST(ReplyParser, TellsErrorsApart) {
  EXPECT_EQ(parse(a_reply(0x8182)).error().kind, Trouble::Kind::serv_fail);
  EXPECT_EQ(parse(a_reply(0x8185)).error().kind, Trouble::Kind::refused);
  EXPECT_THAT(why(a_reply(0x8181)), HasSubstr("FORMERR"));
  EXPECT_THAT(why(a_reply(0x8184)), HasSubstr("NOTIMP"));
  EXPECT_THAT(why(a_reply(0x8189)), HasSubstr("response code 9"));
}

TEST(ReplyParser, ReadsTheUpperBitsOfTheCode) {
  // BADVERS is 16: the header alone says NOERROR, which must not become NODATA.
  EXPECT_THAT(why(a_reply().record(B::additional, "", B::kOpt, 0x01000000, {})),
              HasSubstr("response code 16"));
}

TEST(ReplyParser, NegativeTtlIsTheSmallerOfSoaTtlAndMinimum) {
  EXPECT_EQ(parse(a_reply().soa(900, 300))->ttl.count(), 300);
  EXPECT_EQ(parse(a_reply().soa(100, 300))->ttl.count(), 100);
  EXPECT_EQ(parse(a_reply())->ttl.count(), 0);
}

TEST(ReplyParser, TtlIsTheShortestOfTheChain) {
  const auto reply = a_reply()
                         .record(B::answer, "x.org", B::kCname, 30, B::name("y.org"))
                         .record(B::answer, "y.org", kA, 60, kAddress);
  EXPECT_EQ(parse(reply)->ttl.count(), 30);
}

TEST(ReplyParser, TtlWithTheHighBitIsZero) {
  EXPECT_EQ(parse(a_reply().record(B::answer, "x.org", kA, 0x80000000, kAddress))->ttl.count(), 0);
}

TEST(ReplyParser, AuthenticDataBit) {
  EXPECT_TRUE(parse(a_reply(0x81a0).record(B::answer, "x.org", kA, 60, kAddress))->authentic);
  EXPECT_FALSE(parse(a_reply().record(B::answer, "x.org", kA, 60, kAddress))->authentic);
}

TEST(ReplyParser, IgnoresRecordsOfOthers) {
  EXPECT_THAT(parse(a_reply()
                        .record(B::answer, "other.org", kA, 60, {10, 0, 0, 1})
                        .record(B::answer, "x.org", kA, 60, {10, 0, 0, 2}, 3)
                        .record(B::answer, "x.org", kA, 60, kAddress)
                        .record(B::additional, "x.org", kA, 60, {10, 0, 0, 3}))
                  ->addresses,
              ElementsAre(*policy::Address::parse("192.0.2.1")));
}

B chain(int aliases) {
  B reply("0.x", kA);
  for (int i = aliases; i > 0; --i)  // in the wrong order
    reply.record(B::answer, std::to_string(i - 1) + ".x", B::kCname, 60, B::name(std::to_string(i) + ".x"));
  return reply.record(B::answer, std::to_string(aliases) + ".x", kA, 60, kAddress);
}

TEST(ReplyParser, AliasChainIsBounded) {
  EXPECT_TRUE(parse(chain(kMostAliases), RecordType::a, "0.x").has_value());
  EXPECT_FALSE(parse(chain(kMostAliases + 1), RecordType::a, "0.x").has_value());
}

TEST(ReplyParser, AliasLoopEnds) {
  EXPECT_THAT(why(a_reply().record(B::answer, "x.org", B::kCname, 60, B::name("x.org"))),
              HasSubstr("too many aliases"));
}

TEST(ReplyParser, AliasOutOfTheReplyIsNodataOnlyFromARecursor) {
  const auto reply = [](std::uint16_t flags) {
    return a_reply(flags).record(B::answer, "x.org", B::kCname, 60, B::name("y.org"));
  };
  EXPECT_EQ(parse(reply(0x8180))->kind, Records::Kind::no_data);
  EXPECT_THAT(why(reply(0x8100)), HasSubstr("does not follow aliases"));
}

TEST(ReplyParser, ReferralIsNoAnswer) {
  EXPECT_THAT(why(a_reply().record(B::authority, "org", B::kNs, 60, B::name("ns.org"))),
              HasSubstr("a referral"));
}

TEST(ReplyParser, NumberOfRecordsIsBounded) {
  auto reply = a_reply();
  for (std::size_t i = 0; i < kMostReplyRecords; ++i) reply.record(B::answer, "x.org", kA, 60, kAddress);
  EXPECT_THAT(parse(reply)->addresses, SizeIs(kMostReplyRecords));
  EXPECT_THAT(why(reply.record(B::authority, "x.org", kA, 60, kAddress)), HasSubstr("too many records"));
}

// A PTR whose target is reached through `pointers` pointers.
B pointer_chain(int pointers) {
  auto reply = B("x.org", kPtr);
  const auto target = [](std::size_t at) { return B::number16(static_cast<std::uint16_t>(0xc000 | at)); };
  std::vector<Bytes> links;
  // The links lie in the data of a record of another type, each leading to the one before.
  const auto first = reply.bytes().size() + B::name("x.org").size() + 10;
  for (int i = 0; i < pointers - 1; ++i)
    links.push_back(target(i == 0 ? 12 : first + 2U * static_cast<unsigned>(i - 1)));
  reply.record(B::answer, "x.org", kTxt, 60, B::join(links));
  return reply.record(B::answer, "x.org", kPtr, 60, target(first + 2U * static_cast<unsigned>(pointers - 2)));
}

TEST(ReplyParser, PointersInANameAreBounded) {
  EXPECT_THAT(parse(pointer_chain(kMostPointers), RecordType::ptr)->names, ElementsAre("x.org"));
  EXPECT_FALSE(parse(pointer_chain(kMostPointers + 1), RecordType::ptr).has_value());
}

TEST(ReplyParser, PointersLeadOnlyBack) {
  const auto self = static_cast<std::uint8_t>(a_reply().bytes().size());
  const Bytes tail{0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
  EXPECT_THAT(why(a_reply().raw({0xc0, self}).raw(tail).count(B::answer)), HasSubstr("broken"));
  EXPECT_THAT(why(a_reply().raw({0xc0, 0xff}).raw(tail).count(B::answer)), HasSubstr("broken"));
}

TEST(ReplyParser, NameHas255OctetsAtMost) {
  const std::string label63(63, 'a');
  const auto longest =
      label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');  // 255 on the wire
  const auto reply = [](const std::string& name) {
    return B("x.org", kPtr).record(B::answer, "x.org", kPtr, 60, B::name(name));
  };
  EXPECT_THAT(parse(reply(longest), RecordType::ptr)->names, ElementsAre(longest));
  EXPECT_FALSE(parse(reply(longest + "a"), RecordType::ptr).has_value());
}

TEST(ReplyParser, DotInALabelIsNotASeparator) {
  const auto reply = B("x.org", kPtr).record(B::answer, "x.org", kPtr, 60, {3, 'a', '.', 'b', 0});
  EXPECT_THAT(parse(reply, RecordType::ptr)->names, ElementsAre("a\\.b"));
}

TEST(ReplyParser, DataOfTheWrongLengthAreABadReply) {
  EXPECT_THAT(why(a_reply().record(B::answer, "x.org", kA, 60, {192, 0, 2})), HasSubstr("not in form"));
  EXPECT_THAT(why(a_reply().record(B::answer, "x.org", kA, 60, {192, 0, 2, 1, 9})), HasSubstr("not in form"));
  EXPECT_THAT(why(B("x.org", kAaaa).record(B::answer, "x.org", kAaaa, 60, kAddress), RecordType::aaaa),
              HasSubstr("not in form"));
  EXPECT_THAT(why(B("x.org", kTxt).record(B::answer, "x.org", kTxt, 60, {}), RecordType::txt),
              HasSubstr("not in form"));
  EXPECT_THAT(why(B("x.org", kTxt).record(B::answer, "x.org", kTxt, 60, {4, 'a', 'b'}), RecordType::txt),
              HasSubstr("not in form"));
  EXPECT_THAT(why(B("x.org", kMx).record(B::answer, "x.org", kMx, 60, {0, 10}), RecordType::mx),
              HasSubstr("not in form"));
  EXPECT_THAT(why(B("x.org", kPtr).record(B::answer, "x.org", kPtr, 60, {1, 'a', 0, 7}), RecordType::ptr),
              HasSubstr("not in form"));
}

TEST(ReplyParser, WhatIsNotAReplyToTheQuestionIsBad) {
  EXPECT_THAT(why(a_reply(0x0100)), HasSubstr("not a reply"));
  EXPECT_THAT(why(a_reply(0x9180)), HasSubstr("not a reply"));
  EXPECT_THAT(why(a_reply().questions(0)), HasSubstr("not one question"));
  EXPECT_THAT(why(a_reply().questions(2)), HasSubstr("not one question"));
  EXPECT_THAT(why(B("y.org", kA)), HasSubstr("another question"));
  EXPECT_THAT(why(B("x.org", kMx)), HasSubstr("another question"));
  EXPECT_THAT(why(a_reply(0x8380)), HasSubstr("truncated"));
  EXPECT_THAT(why(a_reply(0x8183).record(B::answer, "x.org", kA, 60, kAddress)),
              HasSubstr("NXDOMAIN with records"));
}

TEST(ReplyParser, EveryPrefixOfAReplyIsABadReply) {
  const auto whole = a_reply().record(B::answer, "x.org", kA, 60, kAddress).soa(60, 60).bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto outcome = parse_reply(Octets(whole).first(size), {"x.org", RecordType::a});
    ASSERT_FALSE(outcome.has_value()) << size;
    EXPECT_EQ(outcome.error().kind, Trouble::Kind::bad_reply);
  }
  EXPECT_TRUE(parse_reply(whole, {"x.org", RecordType::a}).has_value());
}

TEST(ReplyParser, FlagsOfAShortReplyAreNone) {
  const Bytes short_one(11, 0xff);
  EXPECT_FALSE(reply_flags(short_one).truncated);
  EXPECT_TRUE(reply_flags(a_reply(0x8380).bytes()).truncated);
  EXPECT_TRUE(reply_flags(a_reply(0x8181).bytes()).format_error);
}

TEST(Query, AsksForRecursionAuthenticDataAndEdns) {
  const auto query = encode_query({"x.org", RecordType::mx}, 0x1234, Edns::with);
  const auto expected = B::join({B::number16(0x1234),
                                 B::number16(0x0120),
                                 {0, 1, 0, 0, 0, 0, 0, 1},
                                 B::name("x.org"),
                                 {0, 15, 0, 1},
                                 {0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0}});
  EXPECT_EQ(query, expected);
  EXPECT_EQ(encode_query({"x.org", RecordType::mx}, 0x1234, Edns::without).size(), query.size() - 11);
}

}  // namespace
}  // namespace milter
