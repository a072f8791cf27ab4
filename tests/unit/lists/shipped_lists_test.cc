// conf/lists.yaml is there to be copied: each of its entries must be good as it stands.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "milter/checks/check.h"
#include "milter/lists/query_name.h"
#include "policy/codes.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "tests/unit/lists/world.h"

namespace milter {
namespace {

// A policy with nothing but the shipped lists. Asserts that it loads without an error.
policy::Policy shipped_lists() {
  const std::string file = TEST_SOURCE_DIR "/conf/lists.yaml";
  std::ostringstream text;
  text << "version: 1\nsite: {name: mx.example.net}\ndomains: {local: [example.net], relay: []}\n"
       << "trusted: {networks: [], authenticated: true}\nrules: []\n"
       << std::ifstream(file).rdbuf();
  const auto policy_text = text.str();
  auto loaded = policy::load_policy({policy_text, file}, schema(), policy::shipped_catalogue(schema()), 0);
  for (const auto& diagnostic : loaded.diagnostics)
    EXPECT_NE(diagnostic.severity, policy::Severity::error) << to_text(diagnostic);
  return loaded.value.value_or(policy::Policy{});
}

TEST(ShippedLists, LoadAsTheyStand) { EXPECT_EQ(shipped_lists().lists.size(), 11U); }

TEST(ShippedLists, HaveANameMeaningsAndALookupPage) {
  for (const auto& list : shipped_lists().lists) {
    EXPECT_NE(list.name, "") << list.id;
    EXPECT_TRUE(list.lookup.starts_with("https://")) << list.id;
    EXPECT_EQ(policy::lookup_url(list, "192.0.2.1").find('{'), std::string::npos) << list.id;
    for (const auto& code : list.codes) EXPECT_NE(code.means, "") << list.id << ' ' << code.low.text();
  }
}

TEST(ShippedLists, AreNotForcedPastTheirTestPoints) {
  for (const auto& list : shipped_lists().lists) EXPECT_EQ(list.force, policy::Force::none) << list.id;
}

TEST(ShippedLists, KnowTheCodesThatTheirOperatorsPublish) {
  const auto loaded = shipped_lists();
  const auto first = [&](std::string_view id, const std::string& answer) -> policy::Listing {
    const auto* list = loaded.list(id);
    const auto known =
        list ? policy::read_answer(*list, test::addresses({answer}).addresses) : policy::ListReading{};
    return known.listings.empty() ? policy::Listing{} : known.listings.front();
  };
  EXPECT_EQ(first("zen", "127.0.0.2").means, "SBL");
  EXPECT_EQ(first("zen-dqs", "127.0.0.4").means, "XBL");
  EXPECT_EQ(first("zen", "127.255.255.254").means, "");
  EXPECT_EQ(first("dbl", "127.0.1.104").weight, 2);
  EXPECT_EQ(first("dbl", "127.0.1.255").means, "");
  EXPECT_EQ(first("mailspike-rep", "127.0.0.20").weight, 0);
  EXPECT_EQ(first("dnswl", "127.0.10.0").means, "special case");  // its answer to 127.0.0.2
  EXPECT_EQ(first("dnswl", "127.0.5.0").means, "");
  EXPECT_EQ(first("dnswl", "127.0.0.255").means, "");
}

}  // namespace
}  // namespace milter
