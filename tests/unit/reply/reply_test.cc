#include "policy/reply/reply.h"

#include <gmock/gmock.h>

#include "policy/reply/text.h"

namespace policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Site kSite{
    .name = "mx1.example.net", .help = "https://help.example.net/550", .contact = "pm@example.net"};
const ReplyContext kContext{kSite, "7K2M9QXA"};
const Site kBare{};

Catalogue catalogue_of(std::vector<std::string> text) {
  Catalogue out;
  out["spf-fail"] = {
      .code = 550,
      .enhanced = "5.7.23",
      .text = std::move(text),
      .fallback = "SPF fail.",
      .kinds = {
          {"spf.domain", Kind::domain}, {"client.ip", Kind::address}, {"sender.address", Kind::mailbox}}};
  out["filter-error"] = {
      .code = 451, .enhanced = "4.3.0", .text = {"Temporary: ours. ref={ref}"}, .fallback = "Temporary."};
  return out;
}

FactSet facts() {
  FactSet out;
  out.put("client", Fields{{"ip", "192.0.2.25"}});
  out.put("spf", Fields{{"domain", "shop.example"}, {"term", Unavailable{"TXT: TIMEOUT"}}});
  out.put("sender", Fields{{"address", ""}});
  out.put_none("dkim", Unavailable{"time budget"});
  return out;
}

Reply reply_of(std::vector<std::string> text, Action action = Action::reject) {
  return render(catalogue_of(std::move(text)), "spf-fail", action, facts(), kContext);
}

TEST(Render, FillsInFactsAndSite) {
  const auto reply = reply_of({"SPF fail: {client.ip} for {spf.domain}.", "By {site.name}, {contact}.",
                               "See {help}/{reason} ref={ref}"});
  EXPECT_EQ(reply.code, 550);
  EXPECT_EQ(reply.enhanced, "5.7.23");
  EXPECT_THAT(reply.lines,
              ElementsAre("SPF fail: 192.0.2.25 for shop.example.", "By mx1.example.net, pm@example.net.",
                          "See https://help.example.net/550/spf-fail ref=7K2M9QXA"));
  EXPECT_FALSE(reply.fallback);
}

TEST(Render, SaysUnknownOfWhatIsAbsentOrUnavailable) {
  EXPECT_EQ(reply_of({"SPF {spf.nothing} {spf.term} {dkim.domain} {x.y} ref={ref}"}).lines[0],
            "SPF (unknown) (unknown) (unknown) (unknown) ref=7K2M9QXA");
}

TEST(Render, WritesTheNullSenderAsBrackets) {
  EXPECT_EQ(reply_of({"From <{sender.address}> ref={ref}"}).lines[0], "From <> ref=7K2M9QXA");
}

TEST(Render, LeavesOutAnOptionalPartWithoutValue) {
  EXPECT_EQ(reply_of({"SPF fail[[ (matched {spf.term})]][[ of {spf.domain}]]. ref={ref}"}).lines[0],
            "SPF fail of shop.example. ref=7K2M9QXA");
}

TEST(Render, LeavesOutALineThatComesOutEmpty) {
  EXPECT_THAT(reply_of({"SPF fail.", "[[Look at {dnsbl.lookup}]]", "ref={ref}"}).lines,
              ElementsAre("SPF fail.", "ref=7K2M9QXA"));
}

TEST(Render, KeepsTheReferenceWithoutHelpPages) {
  const auto reply = render(catalogue_of({"SPF fail.", "[[See {help}/{reason} ]]ref={ref}"}), "spf-fail",
                            Action::reject, facts(), {kBare, "7K2M9QXA"});
  EXPECT_THAT(reply.lines, ElementsAre("SPF fail.", "ref=7K2M9QXA"));
}

TEST(Render, LeavesOutHelpThatIsTooLong) {
  Site site{.help = "https://h.example/"};
  site.help += std::string(kLongestHelpUrl - site.help.size(), 'x');
  const auto text = catalogue_of({"[[See {help} ]]ref={ref}"});
  EXPECT_EQ(render(text, "spf-fail", Action::reject, {}, {site, "R"}).lines[0],
            "See " + site.help + " ref=R");
  site.help += "x";
  EXPECT_EQ(render(text, "spf-fail", Action::reject, {}, {site, "R"}).lines[0], "ref=R");
}

TEST(Render, TakesTheTemporaryCodesForADeferral) {
  auto catalogue = catalogue_of({"SPF fail. ref={ref}"});
  auto reply = render(catalogue, "spf-fail", Action::defer, facts(), kContext);
  EXPECT_EQ(reply.code, 451);
  EXPECT_EQ(reply.enhanced, "4.7.23");
  catalogue["spf-fail"].temporary_code = 450;
  catalogue["spf-fail"].temporary_enhanced = "4.7.1";
  reply = render(catalogue, "spf-fail", Action::defer, facts(), kContext);
  EXPECT_EQ(reply.code, 450);
  EXPECT_EQ(reply.enhanced, "4.7.1");
}

TEST(Render, NeverDefersWithA5xxWhateverTheCatalogueSays) {
  auto catalogue = catalogue_of({"SPF fail. ref={ref}"});
  catalogue["spf-fail"].temporary_code = 550;
  catalogue["spf-fail"].temporary_enhanced = "5.7.1";
  EXPECT_EQ(render(catalogue, "spf-fail", Action::defer, facts(), kContext).code, 451);
}

TEST(Render, AnswersAnUnknownReasonWithAFaultOfOurs) {
  for (const auto action : {Action::reject, Action::defer}) {
    const auto reply = render(catalogue_of({"x ref={ref}"}), "no-such", action, facts(), kContext);
    EXPECT_EQ(reply.code, 451);
    EXPECT_THAT(reply.lines, ElementsAre("Temporary: ours. ref=7K2M9QXA"));
    EXPECT_EQ(render({}, "no-such", action, facts(), kContext).code, 451);
  }
}

TEST(Render, UsesTheStaticTextWhereTheOtherCannotBeSent) {
  for (const auto& text :
       std::vector<std::vector<std::string>>{{},
                                             {"no reference"},
                                             {"ref={ref} ref={ref}"},
                                             {"ref={ref}", "behind it"},
                                             {"open { ref={ref}"},
                                             {"caf\xC3\xA9 ref={ref}"},
                                             {std::string(kLongestReplyLine, 'x') + " ref={ref}"},
                                             {"a", "b", "c", "d", "ref={ref}"}}) {
    const auto reply = reply_of(text);
    EXPECT_TRUE(reply.fallback);
    EXPECT_THAT(reply.lines, ElementsAre("SPF fail. ref=7K2M9QXA"));
    EXPECT_EQ(lint(reply), "");
  }
}

TEST(Render, ShortensValuesOnlyAsFarAsTheLineNeeds) {
  FactSet wide;
  const std::string text(100, 't'), name = std::string(60, 'n') + ".com";
  wide.put("spf", Fields{{"term", text}, {"domain", name}});
  const auto catalogue = catalogue_of({"{spf.term} {spf.domain} ref={ref}"});
  EXPECT_EQ(render(catalogue, "spf-fail", Action::reject, wide, kContext).lines[0],
            text + " " + name + " ref=7K2M9QXA");
  const auto crowded = render(catalogue_of({std::string(60, 'w') + " {spf.term} {spf.domain} ref={ref}"}),
                              "spf-fail", Action::reject, wide, kContext);
  EXPECT_EQ(smtp_lines(crowded)[0].size(), kLongestReplyLine);
  EXPECT_THAT(crowded.lines[0], HasSubstr("ttt..."));
}

TEST(Lint, FindsEachFault) {
  const Reply good{.code = 550, .enhanced = "5.7.1", .lines = {"a", "b ref=X"}};
  EXPECT_EQ(lint(good), "");
  auto bad = good;
  bad.code = 250;
  EXPECT_THAT(lint(bad), HasSubstr("250"));
  bad = good;
  bad.enhanced = "4.7.1";
  EXPECT_THAT(lint(bad), HasSubstr("does not suit"));
  bad = good;
  bad.lines = {};
  EXPECT_THAT(lint(bad), HasSubstr("0 lines"));
  bad.lines = {"a", "b", "c", "ref=X"};
  EXPECT_EQ(lint(bad), "");
  bad.lines = {"a", "b", "c", "d", "ref=X"};
  EXPECT_THAT(lint(bad), HasSubstr("5 lines"));
  bad.lines = {"", "ref=X"};
  EXPECT_THAT(lint(bad), HasSubstr("empty"));
  bad.lines = {"a\r\nb", "ref=X"};
  EXPECT_THAT(lint(bad), HasSubstr("printable"));
  bad.lines = {"ref=X", "a"};
  EXPECT_THAT(lint(bad), HasSubstr("last line"));
  bad.lines = {"ref=X", "ref=X"};
  EXPECT_THAT(lint(bad), HasSubstr("2 times"));
  bad.lines = {"a"};
  EXPECT_THAT(lint(bad), HasSubstr("0 times"));
  bad.fallback = true;
  EXPECT_EQ(lint(bad), "");
}

TEST(Lint, CountsTheCodesIntoTheLine) {
  Reply reply{
      .code = 550, .enhanced = "5.7.1", .lines = {std::string(text_width("5.7.1") - 6, 'x') + " ref=X"}};
  EXPECT_EQ(smtp_lines(reply)[0].size(), kLongestReplyLine);
  EXPECT_EQ(lint(reply), "");
  reply.lines[0].insert(0, "x");
  EXPECT_THAT(lint(reply), HasSubstr("1 octets more"));
}

TEST(EnhancedCode, IsOfTheCodesClassAndWellFormed) {
  EXPECT_TRUE(is_enhanced_code("5.7.1", 550));
  EXPECT_TRUE(is_enhanced_code("4.123.123", 451));
  for (const auto* bad : {"", "5", "5.7", "5.7.", "5..1", "5.7.1.", "5.7.1234", "5.7.x", "4.7.1", "15.7.1"})
    EXPECT_FALSE(is_enhanced_code(bad, 550)) << bad;
}

TEST(SmtpLines, HaveTheCodesOnEachLine) {
  EXPECT_THAT(smtp_lines({.code = 550, .enhanced = "5.7.1", .lines = {"a", "b"}}),
              ElementsAre("550-5.7.1 a", "550 5.7.1 b"));
}

TEST(ReplyText, IsTakenApart) {
  EXPECT_THAT(*parse_text("a {x.y}[[ b {z}]]."),
              ElementsAre(TextPiece{false, "a ", 0}, TextPiece{true, "x.y", 0}, TextPiece{false, " b ", 1},
                          TextPiece{true, "z", 1}, TextPiece{false, ".", 0}));
  EXPECT_THAT(*parse_text("[a] ]]"), ElementsAre(TextPiece{false, "[a] ]]", 0}));
}

TEST(ReplyText, SaysWhereItIsNotWellFormed) {
  EXPECT_EQ(parse_text("ab {c").error().offset, 3U);
  EXPECT_EQ(parse_text("ab }").error().offset, 3U);
  EXPECT_EQ(parse_text("ab {}").error().offset, 3U);
  EXPECT_EQ(parse_text("ab [[c").error().offset, 3U);
  EXPECT_EQ(parse_text("[[a [[b]] ]]").error().offset, 4U);
}

}  // namespace
}  // namespace policy
