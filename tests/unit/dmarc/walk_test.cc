#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/auth/dmarc/verify.h"
#include "tests/unit/dmarc/world.h"

namespace milter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class WholeWalk : public testing::TestWithParam<Case> {};
TEST_P(WholeWalk, JudgesByRfc9989) {
  const auto result = judge(GetParam(), DmarcMode::tree_walk);
  EXPECT_EQ(summary(result), GetParam().want) << result.problem;
}

INSTANTIATE_TEST_SUITE_P(
    Registries, WholeWalk,
    testing::Values(
        Case{"psd_y_above",
             {{"bank", "p=reject; psd=y"}},
             "a.shop.bank",
             "",
             {},
             "fail reject - bank/shop.bank"},
        Case{"psd_y_aligns_below_it",
             {{"bank", "p=reject; psd=y"}},
             "a.shop.bank",
             "shop.bank",
             {},
             "pass none spf bank/shop.bank"},
        Case{"psd_y_never_aligns",
             {{"bank", "p=reject; psd=y"}},
             "shop.bank",
             "",
             {"bank"},
             "fail reject - bank/shop.bank"},
        Case{"psd_y_customers",
             {{"bank", "p=reject; psd=y"}},
             "shop.bank",
             "",
             {"other.bank"},
             "fail reject - bank/shop.bank"},
        Case{"psd_y_and_org_record",
             {{"bank", "p=reject; psd=y"}, {"shop.bank", "p=none"}},
             "a.shop.bank",
             "",
             {},
             "fail none - shop.bank/shop.bank"},
        Case{"psd_y_itself", {{"bank", "p=reject; psd=y"}}, "bank", "", {"bank"}, "pass none dkim bank/bank"},
        Case{"psd_y_itself_by_customer",
             {{"bank", "p=reject; psd=y"}},
             "bank",
             "",
             {"shop.bank"},
             "fail reject - bank/bank"},
        Case{"psd_y_deep",
             {{"b.example.org", "p=reject; psd=y"}, {kOrg, "p=none"}},
             "x.a.b.example.org",
             "a.b.example.org",
             {},
             "pass none spf b.example.org/a.b.example.org"},
        Case{"psd_n_below",
             {{"a.example.org", "p=reject; psd=n"}, {kOrg, "p=none"}},
             "a.example.org",
             "",
             {kOrg},
             "fail reject - a.example.org/a.example.org"},
        Case{"psd_n_in_between",
             {{"b.example.org", "p=reject; psd=n"}, {kOrg, "p=none"}},
             "a.b.example.org",
             "c.b.example.org",
             {kOrg},
             "pass none spf b.example.org/b.example.org"},
        Case{"psd_n_of_the_signer",
             {{"a.example.org", "p=none; psd=n"}, {kOrg, "p=reject"}},
             kOrg,
             "",
             {"x.a.example.org"},
             "fail reject - example.org/example.org"},
        Case{"suffix_without_psd",
             {{"co.uk", "p=reject"}},
             "shop.co.uk",
             "",
             {"co.uk"},
             "fail reject - co.uk/shop.co.uk"},
        Case{"suffix_without_psd_customers",
             {{"co.uk", "p=reject"}},
             "shop.co.uk",
             "other.co.uk",
             {},
             "fail reject - co.uk/shop.co.uk"},
        Case{"suffix_without_psd_own",
             {{"co.uk", "p=reject"}},
             "a.shop.co.uk",
             "shop.co.uk",
             {},
             "pass none spf co.uk/shop.co.uk"},
        Case{"suffix_beside_org_record",
             {{"co.uk", "p=reject"}, {"shop.co.uk", "p=none"}},
             "shop.co.uk",
             "",
             {"other.co.uk"},
             "fail none - shop.co.uk/shop.co.uk"},
        Case{"suffix_with_psd_n",
             {{"co.uk", "p=reject; psd=n"}},
             "shop.co.uk",
             "",
             {"co.uk"},
             "pass none dkim co.uk/co.uk"},
        Case{"top_level_without_psd",
             {{"org", "p=reject"}},
             kOrg,
             "",
             {"evil.org"},
             "fail reject - org/example.org"},
        Case{"suffix_as_author",
             {{"co.uk", "p=reject"}},
             "co.uk",
             "",
             {"shop.co.uk"},
             "fail reject - co.uk/co.uk"},
        Case{"suffix_as_author_and_signer",
             {{"co.uk", "p=reject"}},
             "co.uk",
             "",
             {"co.uk"},
             "pass none dkim co.uk/co.uk"}),
    name_of);

const World kOwnAndDeadTop{{kOrg, "p=reject"}, {"org", "SERVFAIL"}};

INSTANTIATE_TEST_SUITE_P(
    Trouble, WholeWalk,
    testing::Values(
        Case{"own_name", {{kOrg, "SERVFAIL"}}, kOrg, kOrg, {kOrg}, "temperror none - -/-"},
        Case{"own_name_slow", {{kOrg, "TIMEOUT"}}, kOrg, "", {}, "temperror none - -/-"},
        Case{"below_a_record",
             {{"a.example.org", "SERVFAIL"}, {kOrg, "p=reject"}},
             "a.example.org",
             "",
             {},
             "temperror none - -/-"},
        Case{"in_between",
             {{"b.example.org", "TIMEOUT"}, {kOrg, "p=reject"}},
             "a.b.example.org",
             "",
             {},
             "temperror none - -/-"},
        Case{"above_nothing", {{"org", "SERVFAIL"}}, kOrg, "", {}, "temperror none - -/-"},
        Case{"above_a_record", kOwnAndDeadTop, kOrg, "", {}, "temperror none - example.org/-"},
        Case{"above_relaxed", kOwnAndDeadTop, kOrg, "mail.example.org", {}, "temperror none - example.org/-"},
        Case{"above_but_vouched_for_itself",
             kOwnAndDeadTop,
             kOrg,
             "",
             {kOrg},
             "pass none dkim example.org/example.org"},
        Case{"above_psd_n",
             {{kOrg, "p=reject; psd=n"}, {"org", "SERVFAIL"}},
             kOrg,
             "",
             {},
             "fail reject - example.org/example.org"},
        Case{"of_the_signer",
             {{kOrg, "p=reject"}, {"mail.example.org", "SERVFAIL"}},
             kOrg,
             "",
             {"mail.example.org"},
             "temperror none - example.org/example.org"},
        Case{"of_the_signer_beside_a_good_one",
             {{kOrg, "p=reject"}, {"mail.example.org", "SERVFAIL"}},
             kOrg,
             "",
             {"mail.example.org", "www.example.org"},
             "pass none dkim example.org/example.org"},
        Case{"of_a_foreign_signer",
             {{kOrg, "p=reject"}, {"esp.example", "SERVFAIL"}},
             kOrg,
             "",
             {"esp.example"},
             "fail reject - example.org/example.org"},
        Case{"of_the_signer_strict",
             {{kOrg, "p=reject; adkim=s"}, {"mail.example.org", "SERVFAIL"}},
             kOrg,
             "",
             {"mail.example.org"},
             "fail reject - example.org/example.org"}),
    name_of);

// RFC 7489 6.6.4: of pct= percent of the mail the full wish, of the rest one grade less.
TEST(PublicSuffixListMode, AsksOneGradeLessOfTheMailThatPctSpares) {
  const auto asked = [](const std::string& record, int roll, DmarcMode mode) {
    const auto result =
        evaluate_dmarc({.from_domain = kOrg, .mode = mode, .roll = roll}, *zone_of({{kOrg, record}}));
    return std::string(to_text(result.status)) + " " + std::string(to_text(result.disposition));
  };
  const auto psl = DmarcMode::public_suffix_list;
  EXPECT_EQ(asked("p=reject; pct=30", 29, psl), "fail reject");
  EXPECT_EQ(asked("p=reject; pct=30", 30, psl), "fail quarantine");
  EXPECT_EQ(asked("p=quarantine; pct=30", 30, psl), "fail none");
  EXPECT_EQ(asked("p=reject; pct=0", 0, psl), "fail quarantine");
  EXPECT_EQ(asked("p=reject; pct=100", 99, psl), "fail reject");
  EXPECT_EQ(asked("p=reject", 99, psl), "fail reject");
  EXPECT_EQ(asked("p=reject; pct=0", 99, DmarcMode::tree_walk), "fail reject") << "RFC 9989 has no pct";
}

class PublicSuffixList : public testing::TestWithParam<Case> {};
TEST_P(PublicSuffixList, JudgesByRfc7489) {
  const auto result = judge(GetParam(), DmarcMode::public_suffix_list);
  EXPECT_EQ(summary(result), GetParam().want) << result.problem;
}

INSTANTIATE_TEST_SUITE_P(
    Table, PublicSuffixList,
    testing::Values(
        Case{"own", kReject, kOrg, "", {}, "fail reject - example.org/example.org"},
        Case{"inherited", kReject, "a.b.example.org", "", {}, "fail reject - example.org/example.org"},
        Case{"relaxed_needs_no_record",
             {{"news.example.org", "p=reject"}},
             "news.example.org",
             kOrg,
             {},
             "pass none spf news.example.org/example.org"},
        Case{"siblings",
             kReject,
             "a.example.org",
             "",
             {"b.example.org"},
             "pass none dkim example.org/example.org"},
        Case{"strict", kStrict, kOrg, "", {"b.example.org"}, "fail reject - example.org/example.org"},
        Case{"in_between_is_not_asked",
             {{"b.example.org", "p=reject"}},
             "a.b.example.org",
             "",
             {},
             "none none - -/example.org"},
        Case{"sp",
             {{kOrg, "p=reject; sp=quarantine"}},
             "a.example.org",
             "",
             {},
             "fail quarantine - example.org/example.org"},
        Case{"np_means_nothing",
             {{kOrg, "p=none; np=reject"}},
             "no.example.org",
             "",
             {},
             "fail none - example.org/example.org"},
        Case{"t_means_nothing",
             {{kOrg, "p=reject; t=y"}},
             kOrg,
             "",
             {},
             "fail reject - example.org/example.org"},
        Case{"psd_means_nothing",
             {{kOrg, "p=reject; psd=y"}},
             "a.example.org",
             kOrg,
             {},
             "pass none spf example.org/example.org"},
        Case{"suffix_never_aligns",
             {{"co.uk", "p=reject"}, {"shop.co.uk", "p=reject"}},
             "shop.co.uk",
             "co.uk",
             {"co.uk"},
             "fail reject - shop.co.uk/shop.co.uk"},
        Case{"suffix_record_is_not_asked",
             {{"co.uk", "p=reject"}},
             "shop.co.uk",
             "",
             {},
             "none none - -/shop.co.uk"},
        Case{"customers",
             {{"shop.co.uk", "p=reject"}},
             "shop.co.uk",
             "",
             {"other.co.uk"},
             "fail reject - shop.co.uk/shop.co.uk"},
        Case{"suffix_as_author",
             {{"co.uk", "p=reject"}},
             "co.uk",
             "",
             {"shop.co.uk"},
             "fail reject - co.uk/-"},
        Case{"two_records_end_it",
             {{"a.example.org", "p=none"}, {"a.example.org", "p=none"}, {kOrg, "p=reject"}},
             "a.example.org",
             "",
             {},
             "none none - -/example.org"},
        Case{"trouble_at_own",
             {{"a.example.org", "SERVFAIL"}, {kOrg, "p=reject"}},
             "a.example.org",
             "",
             {},
             "temperror none - -/-"},
        Case{"trouble_at_org", {{kOrg, "TIMEOUT"}}, "a.example.org", "", {}, "temperror none - -/-"},
        Case{"trouble_where_nobody_looks",
             {{kOrg, "p=reject"}, {"org", "SERVFAIL"}},
             kOrg,
             "",
             {},
             "fail reject - example.org/example.org"}),
    name_of);

TEST(DmarcWalk, AsksAtMostEightNames) {
  EXPECT_THAT(walk_names("org"), ElementsAre("org"));
  EXPECT_THAT(walk_names("a.b.org"), ElementsAre("a.b.org", "b.org", "org"));
  EXPECT_EQ(walk_names("a.b.c.d.e.f.g.org").size(), kMostWalkQueries);
  EXPECT_THAT(walk_names("a.b.c.d.e.f.g.h.i.org"),
              ElementsAre("a.b.c.d.e.f.g.h.i.org", "d.e.f.g.h.i.org", "e.f.g.h.i.org", "f.g.h.i.org",
                          "g.h.i.org", "h.i.org", "i.org", "org"));
}

TEST(DmarcWalk, FindsNoRecordBehindTheShortcut) {
  const World world{{"b.c.d.e.f.g.example.org", "p=none; psd=n"}, {kOrg, "p=reject"}};
  const Case c{"", world, "mail.a.b.c.d.e.f.g.example.org", "", {}, ""};
  EXPECT_EQ(summary(judge(c, DmarcMode::tree_walk)), "fail reject - example.org/example.org");
}

TEST(DmarcWalk, AsksEverythingAtOnce) {
  const auto zone = zone_of({});
  Questions questions(*zone);
  Answers answers(questions, {Deadline::min(), Deadline::min()}, Deadline::min());
  discover("a.b.example.org", DmarcMode::tree_walk, answers);
  EXPECT_THAT(zone->asked(), ElementsAre("TXT _dmarc.a.b.example.org", "TXT _dmarc.b.example.org",
                                         "TXT _dmarc.example.org", "TXT _dmarc.org"));
}

TEST(DmarcWalk, LooksForTheDomainOnlyWhereNpWouldDecide) {
  const auto asked_a = [](const std::string& tags, const std::string& spf) {
    const auto zone = zone_of({{kOrg, tags}});
    evaluate_dmarc({.from_domain = "a.example.org", .spf_domain = spf, .dkim_domains = {}}, *zone);
    const auto asked = zone->asked();
    return std::count(asked.begin(), asked.end(), "A a.example.org");
  };
  EXPECT_EQ(asked_a("p=none; np=reject", ""), 1);
  EXPECT_EQ(asked_a("p=reject; np=reject", ""), 0);
  EXPECT_EQ(asked_a("p=none; np=reject", kOrg), 0);
}

TEST(DmarcWalk, DoesNotKnowAboutNpWhenTheDomainCannotBeLookedUp) {
  const auto zone = zone_of({{kOrg, "p=none; np=reject"}});
  zone->put("a.example.org", RecordType::a, Trouble::Kind::serv_fail);
  const auto result =
      evaluate_dmarc({.from_domain = "a.example.org", .spf_domain = "", .dkim_domains = {}}, *zone);
  EXPECT_EQ(result.status, DmarcStatus::temperror);
  EXPECT_THAT(result.problem, HasSubstr("A a.example.org"));
}

// A resolver that never answers.
class Silent : public Resolver {
 public:
  Lookup query(std::string_view, RecordType) override { return pending_.handle(); }

 private:
  PendingLookup pending_;
};

TEST(DmarcWalk, NoAnswerInTimeIsTemporary) {
  Silent silent;
  const auto result = evaluate_dmarc({.from_domain = kOrg, .spf_domain = kOrg, .dkim_domains = {}}, silent);
  EXPECT_EQ(result.status, DmarcStatus::temperror);
  EXPECT_EQ(result.problem, "TXT _dmarc.example.org: time budget");
}

}  // namespace
}  // namespace milter
