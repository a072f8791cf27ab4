// Every reply of the shipped catalogue as SMTP shows it, from its sample facts. The diff is read as prose.
// UPDATE_GOLDEN=1 writes the file anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "tests/unit/reply/all_facts.h"

namespace policy {
namespace {

constexpr const char* kGolden = TEST_SOURCE_DIR "/tests/golden/replies/replies.expected";

std::string shown(std::string_view id, Action action, const FactSet& facts, const Site& site) {
  std::string out;
  const auto reply = render(shipped_catalogue(all_facts()), id, action, facts, {site, "7K2M9QXA"});
  EXPECT_EQ(lint(reply), "") << id;
  EXPECT_FALSE(reply.fallback) << id;
  for (const auto& line : smtp_lines(reply)) out += line + "\n";
  return out;
}

std::string all_replies() {
  const Site site{.name = "mx1.example.net",
                  .help = "https://postmaster.example.net/550",
                  .contact = "postmaster@example.net"};
  std::string out;
  for (const auto& [id, entry] : shipped_catalogue(all_facts())) {
    out += "# " + id + "\n" + shown(id, Action::reject, entry.sample, site);
    if (entry.code >= 500) out += "# " + id + ", deferred\n" + shown(id, Action::defer, entry.sample, site);
    out += "# " + id + ", knowing nothing\n" + shown(id, Action::reject, {}, {}) + "\n";
  }
  return out;
}

std::string file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Golden, EveryReplyReadsAsItDid) {
  const auto now = all_replies();
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(kGolden, std::ios::binary) << now;
  EXPECT_EQ(now, file(kGolden));
}

}  // namespace
}  // namespace policy
