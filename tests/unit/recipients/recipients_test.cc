// Sources by domain, and the threads behind them.
#include "milter/recipients/recipients.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <thread>

#include "folder.h"

namespace milter {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SourcesTest : public test::FolderTest {
 protected:
  policy::Policy policy() const {
    policy::Policy out;
    out.file = path("policy.yaml");
    out.recipients = {{"example.net", "file", "list.txt", {}}, {"*.example.net", "file", "list.txt", {}}};
    return out;
  }
  std::shared_ptr<const Recipients> open(const Recipients* previous = nullptr,
                                         RecipientOptions options = {}) {
    return open_recipients(policy(), say(), previous, options);
  }
  static RecipientOptions watching() { return {.watch = true, .patience = std::chrono::seconds(60)}; }

  // Within a minute: the threads look every second.
  template <class Condition>
  static bool soon(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return condition();
  }
};

TEST_F(SourcesTest, AnswerByAddressThenByDomain) {
  write("bob@example.net\ncarol@example.net full\n@all.example.net\n");
  const auto recipients = open();
  EXPECT_EQ(recipients->find("Bob", "example.net"), Status::known);
  EXPECT_EQ(recipients->find("carol", "example.net"), Status::full);
  EXPECT_EQ(recipients->find("nobody", "example.net"), Status::unknown);
  EXPECT_EQ(recipients->find("anyone", "all.example.net"), Status::known);
  EXPECT_EQ(recipients->find("anyone", "other.example.net"), Status::unknown);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SourcesTest, APlusTagBelongsToItsUser) {
  write("bob@example.net disabled\nlist+owner@example.net\n");
  const auto recipients = open();
  EXPECT_EQ(recipients->find("bob+news", "example.net"), Status::disabled);
  EXPECT_EQ(recipients->find("bob+a+b", "example.net"), Status::disabled);
  EXPECT_EQ(recipients->find("list+owner", "example.net"), Status::known);
  EXPECT_EQ(recipients->find("list", "example.net"), Status::unknown);
  EXPECT_EQ(recipients->find("+bob", "example.net"), Status::unknown);
}

TEST_F(SourcesTest, WithoutASourceEverybodyIsKnown) {
  write("bob@example.net\n");
  EXPECT_EQ(open()->find("anyone", "elsewhere.example"), Status::known);
  EXPECT_EQ(open_recipients(policy::Policy{}, say()), nullptr);
}

TEST_F(SourcesTest, AFileThatWasNeverReadIsUnavailable) {
  const auto answer = open()->find("bob", "example.net");
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().reason, HasSubstr("No such file"));
  EXPECT_EQ(answer.error().owner, policy::Owner::ours);
  EXPECT_EQ(said().size(), 1U) << "two domains, one file";
}

TEST_F(SourcesTest, ALineThatCannotBeReadMayBeAnybodys) {
  write("bob@example.net\ncarol@example.net ful\ndave\n");
  const auto recipients = open();
  EXPECT_EQ(recipients->find("bob", "example.net"), Status::known);
  EXPECT_EQ(recipients->find("carol", "example.net"), Status::known);
  EXPECT_FALSE(recipients->find("dave", "example.net").has_value()) << "no 550 because of our own file";
}

TEST_F(SourcesTest, ALastLineWithoutEndMayHaveHadFollowers) {
  write("bob@example.net\ncarol@example.net");
  EXPECT_EQ(open()->find("carol", "example.net"), Status::known);
  EXPECT_FALSE(open()->find("dave", "example.net").has_value());
}

TEST_F(SourcesTest, ADomainWithoutAnAddressIsTroubleUnlessItSaysNone) {
  write("bob@example.net\n");
  const auto recipients = open();
  EXPECT_EQ(recipients->find("dave", "example.net"), Status::unknown);
  EXPECT_FALSE(recipients->find("dave", "sub.example.net").has_value());
  write("bob@example.net\nnone\n");
  EXPECT_EQ(open()->find("dave", "sub.example.net"), Status::unknown);
}

TEST_F(SourcesTest, WhoHasVanishedIsUnavailableAlsoByHisDomainAndTag) {
  write(people(0, 100) + "@all.example.net\n");
  const auto recipients = open(nullptr, watching());
  write(people(0, 99) + "x@sub.example.net\n");
  const auto gone = [&](const std::string& local, const std::string& domain) {
    const auto answer = recipients->find(local, domain);
    return !answer && answer.error().reason.find("has vanished") != std::string::npos &&
           answer.error().owner == policy::Owner::ours;
  };
  EXPECT_TRUE(soon([&] { return gone("a99", "example.net"); }));
  EXPECT_TRUE(gone("A99+tag", "example.net"));
  EXPECT_TRUE(gone("anyone", "all.example.net"));
  EXPECT_EQ(recipients->find("a100", "example.net"), Status::unknown);
}

TEST_F(SourcesTest, AFileIsLookedAtThoughNobodyAsks) {
  write("bob@example.net\n");
  const auto recipients = open(nullptr, watching());
  write("bob@example.net\ncarol@example.net\n");
  EXPECT_TRUE(soon([&] { return recipients->find("carol", "example.net") == Status::known; }));
}

TEST_F(SourcesTest, AReloadKeepsWhatItKnowsOfAFile) {
  write(people(0, 8));
  const auto before = open(nullptr, watching());
  write("bob@exa");
  const auto after = open(before.get(), watching());
  EXPECT_EQ(after->find("a7", "example.net"), Status::known) << "a reload means nothing";
  write(people(0, 8));
  EXPECT_TRUE(soon([&] { return after->find("x", "example.net") == Status::unknown; }));
  EXPECT_EQ(after->find("a7", "example.net"), Status::known);
  fs::remove(path());
  EXPECT_EQ(open(after.get(), watching())->find("a7", "example.net"), Status::known);
}

// A system that does not answer (a file server that is gone) is a writer that never comes.
TEST_F(SourcesTest, APipeInThePlaceOfAFileHoldsNobodyUp) {
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  const auto begin = std::chrono::steady_clock::now();
  {
    const auto recipients = open(nullptr, watching());
    EXPECT_FALSE(recipients->find("bob", "example.net").has_value());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST_F(SourcesTest, AnExceptionInTheThreadIsSurvived) {
  int calls = 0;
  const auto recipients = open_recipients(
      policy(), [&](const std::string&) { throw std::runtime_error(std::to_string(++calls)); }, nullptr,
      watching());
  EXPECT_FALSE(recipients->find("bob", "example.net").has_value());
  write("bob@example.net\nnone\n");
  EXPECT_TRUE(soon([&] { return recipients->find("bob", "example.net") == Status::known; }));
}

TEST_F(SourcesTest, CheckNamesEverythingThatDefersMail) {
  const auto errors = [&](const std::string& text) {
    write(text);
    std::vector<std::string> out;
    for (const auto& diagnostic : check_recipients(policy()))
      if (diagnostic.severity == policy::Severity::error) out.push_back(policy::to_text(diagnostic));
    return out;
  };
  EXPECT_THAT(errors("bob@example.net\nx@sub.example.net\n"), IsEmpty());
  EXPECT_THAT(errors("bob@example.net\nnone\n"), IsEmpty());
  EXPECT_THAT(errors("bob@example.net\nx@sub.example.net asleep\n"), IsEmpty()) << "a warning";
  EXPECT_THAT(errors("bob@example.net\nx@sub.example.net"),
              ElementsAre(HasSubstr("the last line has no end")));
  EXPECT_THAT(errors("bob@example.net\nx@sub.example.net\n# fivefifty: 3 addresses\n"),
              ElementsAre(HasSubstr("list.txt:3:1: error: its last line says 3 addresses")));
  EXPECT_THAT(errors("x@sub.example.net\nSMTP:bob@example.net\n"),
              ElementsAre(HasSubstr("list.txt:2:1: error: neither an address"),
                          HasSubstr("no address in example.net")));
  EXPECT_THAT(errors(""), ElementsAre(HasSubstr("holds no address")));
  fs::remove(path());
  EXPECT_THAT(check_recipients(policy()),
              Contains(testing::Field(&policy::Diagnostic::message, HasSubstr("No such file"))));
}

TEST_F(SourcesTest, TheFileOfADomainIsFound) {
  EXPECT_EQ(recipient_file_of(policy(), "example.net"), path());
  EXPECT_EQ(recipient_file_of(policy(), "sub.example.net"), path());
  EXPECT_EQ(recipient_file_of(policy(), "*.example.net"), path()) << "as the policy names it";
  EXPECT_EQ(recipient_file_of(policy(), "example.org"), "");
}

}  // namespace
}  // namespace milter
