// What a session keeps of a header that is nothing but fields.
#include <gtest/gtest.h>

#include "milter/session/headers.h"
#include "world.h"

namespace milter {
namespace {

// The facts after a message of `fields` fields, the last of which is From.
policy::FactSet after(std::size_t fields) {
  ScriptedZone dns;
  const test::StoppedClock clock;
  const World world{dns, clock, {}, {}};
  Session session(std::make_shared<const Snapshot>(), world);
  session.connect({});
  session.mail("<a@example.org>", "");
  for (std::size_t i = 1; i < fields; ++i) session.header({"X", ""});
  session.header({"From", " a@example.org"});
  session.end_of_headers();
  return session.facts();
}

TEST(Header, Has10000Fields) {
  EXPECT_EQ(after(kMostHeaderFields).text("from.domain"), "example.org");
  const auto facts = after(kMostHeaderFields + 1);
  const auto* why = facts.why_unknown("from.domain");
  ASSERT_NE(why, nullptr) << "not read, but not missing either";
  EXPECT_EQ(why->owner, policy::Owner::client);
  EXPECT_EQ(std::get<std::int64_t>(*facts.value("from.count")), 1) << "counted whatever is kept";
}

}  // namespace
}  // namespace milter
