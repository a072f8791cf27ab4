#include "milter/dns/zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/dns/zone_parse.h"

namespace milter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<ScriptedZone> world(std::string_view yaml) {
  auto zone = parse_zone(yaml, "zone.yaml");
  if (!zone) {
    for (const auto& d : zone.error()) ADD_FAILURE() << policy::to_text(d);
    return std::make_shared<ScriptedZone>();
  }
  return *zone;
}

Outcome ask(ScriptedZone& zone, std::string_view name, RecordType type) {
  const auto lookup = zone.query(name, type);
  const auto* outcome = lookup.peek();
  return outcome != nullptr ? *outcome : tl::unexpected(Trouble{});
}

Records::Kind kind(std::string_view yaml, std::string_view name, RecordType type) {
  const auto outcome = ask(*world(yaml), name, type);
  EXPECT_TRUE(outcome.has_value());
  return outcome ? outcome->kind : Records::Kind::found;
}

Trouble::Kind trouble(std::string_view yaml, std::string_view name, RecordType type) {
  const auto outcome = ask(*world(yaml), name, type);
  EXPECT_FALSE(outcome.has_value());
  return outcome ? Trouble::Kind::overload : outcome.error().kind;
}

std::vector<std::string> errors(std::string_view yaml) {
  std::vector<std::string> out;
  const auto zone = parse_zone(yaml, "z.yaml");
  if (!zone)
    for (const auto& d : zone.error()) out.push_back(policy::to_text(d));
  return out;
}

TEST(Zone, AnswersEveryType) {
  const auto zone = world(
      "example.org: {A: [192.0.2.1, 192.0.2.2], AAAA: ['2001:db8::1'], TXT: ['v=spf1 -all', two],\n"
      "              MX: ['20 b.example.org', '10 A.Example.org.']}\n"
      "1.2.0.192.in-addr.arpa: {PTR: [Mail.Example.ORG.]}\n");
  const auto a = ask(*zone, "example.org", RecordType::a);
  EXPECT_EQ(a->kind, Records::Kind::found);
  EXPECT_THAT(a->addresses,
              ElementsAre(*policy::Address::parse("192.0.2.1"), *policy::Address::parse("192.0.2.2")));
  EXPECT_THAT(ask(*zone, "example.org", RecordType::aaaa)->addresses,
              ElementsAre(*policy::Address::parse("2001:db8::1")));
  EXPECT_THAT(ask(*zone, "example.org", RecordType::txt)->texts, ElementsAre("v=spf1 -all", "two"));
  EXPECT_THAT(ask(*zone, "example.org", RecordType::mx)->exchangers,
              ElementsAre(MailExchanger{10, "a.example.org"}, MailExchanger{20, "b.example.org"}));
  EXPECT_THAT(ask(*zone, "1.2.0.192.in-addr.arpa", RecordType::ptr)->names, ElementsAre("mail.example.org"));
}

TEST(Zone, ReadsJson) {
  EXPECT_THAT(
      ask(*world(R"({"example.org": {"TXT": ["a b"], "A": "TIMEOUT"}})"), "example.org", RecordType::txt)
          ->texts,
      ElementsAre("a b"));
}

TEST(Zone, NamesIgnoreCaseAndTrailingDot) {
  EXPECT_EQ(kind("Example.ORG.: {A: [192.0.2.1]}", "eXample.org.", RecordType::a), Records::Kind::found);
}

TEST(Zone, MissingNameIsNxdomainMissingTypeIsNodata) {
  constexpr auto yaml = "example.org: {A: [192.0.2.1]}\nempty.example.net: {}\nnull.example.net:\n";
  EXPECT_EQ(kind(yaml, "other.org", RecordType::a), Records::Kind::no_name);
  EXPECT_EQ(kind(yaml, "example.org", RecordType::mx), Records::Kind::no_data);
  EXPECT_EQ(kind(yaml, "empty.example.net", RecordType::a), Records::Kind::no_data);
  EXPECT_EQ(kind(yaml, "null.example.net", RecordType::a), Records::Kind::no_data);
}

TEST(Zone, NameAboveAnotherExists) {
  EXPECT_EQ(kind("a.b.example.org: {A: [192.0.2.1]}", "b.example.org", RecordType::a),
            Records::Kind::no_data);
  EXPECT_EQ(kind("a.b.example.org: {A: [192.0.2.1]}", "xb.example.org", RecordType::a),
            Records::Kind::no_name);
}

TEST(Zone, TroubleOfNameOrType) {
  EXPECT_EQ(trouble("x.org: SERVFAIL", "x.org", RecordType::mx), Trouble::Kind::serv_fail);
  EXPECT_EQ(trouble("x.org: REFUSED", "x.org", RecordType::a), Trouble::Kind::refused);
  EXPECT_EQ(trouble("x.org: {TXT: TIMEOUT}", "x.org", RecordType::txt), Trouble::Kind::timeout);
  EXPECT_EQ(kind("x.org: {TXT: TIMEOUT}", "x.org", RecordType::a), Records::Kind::no_data);
}

TEST(Zone, TroubleNamesTheQuestion) {
  EXPECT_EQ(ask(*world("x.org: TIMEOUT"), "X.org.", RecordType::txt).error().detail, "TXT x.org: time-out");
}

TEST(Zone, NullExchangerIsTheRoot) {
  EXPECT_THAT(ask(*world("x.org: {MX: ['0 .']}"), "x.org", RecordType::mx)->exchangers,
              ElementsAre(MailExchanger{0, ""}));
}

TEST(Zone, AddressStandsForItsReverseName) {
  const auto zone = world("192.0.2.1: {PTR: [mail.example.org]}\n'2001:db8::1': {PTR: [six.example.org]}\n");
  EXPECT_THAT(ask(*zone, "1.2.0.192.in-addr.arpa", RecordType::ptr)->names, ElementsAre("mail.example.org"));
  EXPECT_THAT(ask(*zone, policy::Address::parse("2001:db8::1")->reverse_name(), RecordType::ptr)->names,
              ElementsAre("six.example.org"));
}

TEST(Zone, AliasIsFollowedToRecordsNodataAndNxdomain) {
  constexpr auto yaml =
      "www.x.org: {CNAME: Host.x.org.}\nhost.x.org: {A: [192.0.2.1]}\ngone.x.org: {CNAME: not.there}\n";
  EXPECT_EQ(kind(yaml, "www.x.org", RecordType::a), Records::Kind::found);
  EXPECT_EQ(kind(yaml, "www.x.org", RecordType::mx), Records::Kind::no_data);
  EXPECT_EQ(kind(yaml, "gone.x.org", RecordType::a), Records::Kind::no_name);
}

std::shared_ptr<ScriptedZone> chain(int aliases) {
  auto zone = std::make_shared<ScriptedZone>();
  for (int i = 0; i < aliases; ++i) zone->put_alias(std::to_string(i) + ".x", std::to_string(i + 1) + ".x");
  Records end;
  end.kind = Records::Kind::found;
  end.texts = {"end"};
  zone->put(std::to_string(aliases) + ".x", RecordType::txt, end);
  return zone;
}

TEST(Zone, AliasChainIsBounded) {
  EXPECT_TRUE(ask(*chain(kMostAliases), "0.x", RecordType::txt).has_value());
  const auto beyond = ask(*chain(kMostAliases + 1), "0.x", RecordType::txt);
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().kind, Trouble::Kind::bad_reply);
  EXPECT_EQ(beyond.error().detail, "TXT 0.x: more than 8 aliases");
}

TEST(Zone, AliasLoopEnds) {
  EXPECT_EQ(trouble("a.x: {CNAME: a.x}", "a.x", RecordType::a), Trouble::Kind::bad_reply);
}

TEST(Zone, UnaskableNameDoesNotExist) {
  const auto zone = world("x.org: {A: [192.0.2.1]}");
  EXPECT_EQ(ask(*zone, "a..x.org", RecordType::a)->kind, Records::Kind::no_name);
  EXPECT_EQ(ask(*zone, "", RecordType::a)->kind, Records::Kind::no_name);
  EXPECT_EQ(ask(*zone, std::string(64, 'a') + ".x.org", RecordType::a)->kind, Records::Kind::no_name);
}

TEST(Zone, LongTextStaysOneRecord) {
  const std::string longest(5000, 'k');
  EXPECT_THAT(ask(*world("x.org: {TXT: ['" + longest + "']}"), "x.org", RecordType::txt)->texts,
              ElementsAre(longest));
}

TEST(Zone, CountsQuestions) {
  const auto zone = world("x.org: {A: [192.0.2.1]}");
  zone->query("X.org.", RecordType::a);
  zone->query("y.org", RecordType::txt);
  EXPECT_THAT(zone->asked(), ElementsAre("A x.org", "TXT y.org"));
}

TEST(Zone, EmptyFileIsAnEmptyWorld) { EXPECT_EQ(kind("", "x.org", RecordType::a), Records::Kind::no_name); }

TEST(ZoneErrors, NameTheirPlace) {
  EXPECT_THAT(errors("x.org:\n  A: [192.0.2.1, 192.0.2.300]\n"),
              ElementsAre("z.yaml:2:18: error: \"192.0.2.300\" is not an IPv4 address"));
  EXPECT_THAT(errors("x.org: {TEXT: [a]}"),
              ElementsAre(HasSubstr("z.yaml:1:9: error: unknown record type \"TEXT\"")));
  EXPECT_THAT(errors("x.org: [a]"), ElementsAre(HasSubstr("z.yaml:1:8: error: x.org takes a mapping")));
  EXPECT_THAT(errors("x.org: {A: {b: c}}"), ElementsAre(HasSubstr("A takes a list")));
  EXPECT_THAT(errors("x.org: {TXT: [[a, b]]}"), ElementsAre(HasSubstr("one text")));
  EXPECT_THAT(errors("a..b: {A: [192.0.2.1]}"),
              ElementsAre(HasSubstr("z.yaml:1:1: error: \"a..b\" is not a name")));
  EXPECT_THAT(errors("- x.org"), ElementsAre(HasSubstr("expected a mapping of names")));
  EXPECT_THAT(errors("x.org: {A: [192.0.2.1"), ElementsAre(HasSubstr("z.yaml:1:")));
}

TEST(ZoneErrors, SuggestTheNearestType) {
  EXPECT_THAT(errors("x.org: {CNAM: y.org}"), ElementsAre(HasSubstr("did you mean CNAME?")));
}

TEST(ZoneErrors, AllAreFoundInOneRun) {
  EXPECT_THAT(errors("x.org: {A: [one], AAAA: [192.0.2.1], MX: [mail.x.org, 70000 a, '10 '], PTR: ['']}"),
              testing::SizeIs(6));
}

TEST(ZoneErrors, NamesAreThereOnce) {
  EXPECT_THAT(errors("x.org: {A: [192.0.2.1]}\nX.ORG.: {MX: ['0 .']}"),
              ElementsAre(HasSubstr("z.yaml:2:1: error: X.ORG. is here twice")));
}

TEST(ZoneErrors, AliasStandsAlone) {
  EXPECT_THAT(errors("x.org: {A: [192.0.2.1], CNAME: y.org}"), ElementsAre(HasSubstr("nothing else")));
  EXPECT_THAT(errors("x.org: {CNAME: [y.org, z.org]}"), ElementsAre(HasSubstr("CNAME takes one name")));
}

}  // namespace
}  // namespace milter
