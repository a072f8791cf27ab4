#include "milter/recipients/recipients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "milter/recipients/recipient_file.h"

namespace milter {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RecipientsTest : public testing::Test {
 protected:
  RecipientsTest() {
    std::string name = (fs::temp_directory_path() / "recipients-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~RecipientsTest() override { fs::remove_all(folder_); }

  void write(const std::string& text, const std::string& name = "list.txt") const {
    std::ofstream(folder_ / name) << text;
  }
  // As careful tools do it: a new file takes the old one's name.
  void replace(const std::string& text) const {
    write(text, "new.txt");
    fs::rename(folder_ / "new.txt", folder_ / "list.txt");
  }
  RecipientFile file() { return {(folder_ / "list.txt").string(), say()}; }
  Say say() {
    return [this](const std::string& sentence) { said_.push_back(sentence); };
  }

  fs::path folder_;
  std::vector<std::string> said_;
  RecipientFile::Time now_{};
};

constexpr auto kLook = RecipientFile::kLookInterval;

TEST_F(RecipientsTest, AListHoldsAddressesDomainsAndStatusWords) {
  const AddressList list(
      "# people\n"
      "Bob@Example.NET\r\n"
      "\n"
      "  carol@example.net\tFULL  # since Monday\n"
      "dave@example.net disabled\n"
      "a#b@example.net.\n"
      "@maintained.example maintenance\n"
      "last@example.net");
  EXPECT_EQ(list.find("bob@example.net"), Status::known);
  EXPECT_EQ(list.find("carol@example.net"), Status::full);
  EXPECT_EQ(list.find("dave@example.net"), Status::disabled);
  EXPECT_EQ(list.find("a#b@example.net"), Status::known);
  EXPECT_EQ(list.find("@maintained.example"), Status::maintenance);
  EXPECT_EQ(list.find("last@example.net"), Status::known);
  EXPECT_EQ(list.find("nobody@example.net"), std::nullopt);
  EXPECT_EQ(list.find(""), std::nullopt);
  EXPECT_EQ(list.size(), 6U);
  EXPECT_EQ(list.bad_lines(), 0U);
}

TEST_F(RecipientsTest, OfTwoLinesForOneAddressTheFirstCounts) {
  EXPECT_EQ(AddressList("a@b.example full\na@b.example\n").find("a@b.example"), Status::full);
}

TEST_F(RecipientsTest, ALineThatCannotBeReadIsCountedAndItsMailboxIsThere) {
  const AddressList list(
      std::string("ok@example.net\nbob\nbob@\nx@example.net asleep\ny@example.net full stop\n") +
      std::string("z\0@example.net\n", 15));
  EXPECT_EQ(list.size(), 3U);
  EXPECT_EQ(list.find("x@example.net"), Status::known);
  EXPECT_EQ(list.find("y@example.net"), Status::known);
  EXPECT_EQ(list.bad_lines(), 5U);
  EXPECT_EQ(list.illegible_lines(), 3U);
  EXPECT_EQ(list.first_bad_line(), 2U);
}

TEST_F(RecipientsTest, AByteOrderMarkBelongsToNobody) {
  const AddressList list(
      "\xEF\xBB\xBF"
      "bob@example.net\n");
  EXPECT_EQ(list.find("bob@example.net"), Status::known);
}

TEST_F(RecipientsTest, ALineHas1024Octets) {
  const std::string address = "bob@example.net";
  const auto padded = [&](std::size_t octets) { return address + std::string(octets - address.size(), ' '); };
  EXPECT_EQ(AddressList(padded(kLongestRecipientLine)).size(), 1U);
  EXPECT_EQ(AddressList(padded(kLongestRecipientLine + 1)).bad_lines(), 1U);
}

TEST_F(RecipientsTest, AMissingFileIsUnavailableAndSaidOnce) {
  auto list = file();
  EXPECT_EQ(list.contents(now_), nullptr);
  EXPECT_EQ(list.contents(now_ + kLook), nullptr);
  EXPECT_THAT(list.problem(), HasSubstr("list.txt: No such file or directory"));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("mail for its domains is deferred")));
}

TEST_F(RecipientsTest, AMissingFileIsReadOnceItIsThere) {
  auto list = file();
  EXPECT_EQ(list.contents(now_), nullptr);
  write("bob@example.net\n");
  EXPECT_EQ(list.contents(now_ + kLook / 2), nullptr) << "looked at too soon";
  EXPECT_NE(list.contents(now_ + kLook), nullptr);
  EXPECT_EQ(list.problem(), "");
}

TEST_F(RecipientsTest, AFileWithoutAddressesIsTroubleNotAnEmptyWorld) {
  write("# nobody yet\n");
  auto list = file();
  EXPECT_EQ(list.contents(now_), nullptr);
  EXPECT_THAT(list.problem(), HasSubstr("holds no address"));
}

TEST_F(RecipientsTest, AFolderIsTrouble) {
  fs::create_directory(folder_ / "list.txt");
  auto list = file();
  EXPECT_EQ(list.contents(now_), nullptr);
  EXPECT_THAT(list.problem(), HasSubstr("not a regular file"));
}

TEST_F(RecipientsTest, ARenamedFileIsTakenAtTheNextLook) {
  write("bob@example.net\n");
  auto list = file();
  const auto old = list.contents(now_);
  replace("carol@example.net\n");
  EXPECT_EQ(list.contents(now_ + kLook / 2), old);
  EXPECT_EQ(list.contents(now_ + kLook)->find("carol@example.net"), Status::known);
  EXPECT_EQ(old->find("bob@example.net"), Status::known) << "whoever looks at the old list keeps it";
}

TEST_F(RecipientsTest, AFileWrittenInPlaceIsTakenWhenItHasSettled) {
  write("bob@example.net\ncarol@example.net\n");
  auto list = file();
  list.contents(now_);
  write("bob@exam");
  EXPECT_EQ(list.contents(now_ + kLook)->find("carol@example.net"), Status::known) << "half written";
  write("bob@example.net\ndave@example.net\nerin@example.net\n");
  EXPECT_EQ(list.contents(now_ + 2 * kLook)->find("dave@example.net"), std::nullopt);
  EXPECT_EQ(list.contents(now_ + 3 * kLook)->find("dave@example.net"), Status::known);
}

TEST_F(RecipientsTest, AFileEmptiedAndWrittenAnewIsTakenWhenItHasSettled) {
  write("bob@example.net\ncarol@example.net\n");
  auto list = file();
  list.contents(now_);
  write("");
  list.contents(now_ + kLook);
  write("bob@example.net\n");
  EXPECT_EQ(list.contents(now_ + 2 * kLook)->find("carol@example.net"), Status::known) << "half written";
  EXPECT_EQ(list.contents(now_ + 3 * kLook)->find("carol@example.net"), std::nullopt);
  EXPECT_EQ(list.problem(), "");
}

TEST_F(RecipientsTest, AFileThatGoesAwayLeavesItsLastContents) {
  write("bob@example.net\n");
  auto list = file();
  list.contents(now_);
  fs::remove(folder_ / "list.txt");
  EXPECT_EQ(list.contents(now_ + kLook)->find("bob@example.net"), Status::known);
  EXPECT_NE(list.contents(now_ + 2 * kLook), nullptr);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("its last good contents stay in use")));
}

TEST_F(RecipientsTest, AFileThatBecomesEmptyLeavesItsLastContents) {
  write("bob@example.net\n");
  auto list = file();
  list.contents(now_);
  replace("");
  EXPECT_EQ(list.contents(now_ + kLook)->find("bob@example.net"), Status::known);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("holds no address")));
}

TEST_F(RecipientsTest, BadLinesAreSaidWithTheirPlace) {
  write("bob@example.net\nnonsense\n");
  auto list = file();
  list.contents(now_);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("list.txt:2: neither an address nor @domain")));
}

TEST_F(RecipientsTest, AFileThatComesBackAsItWasIsNoTroubleAnyMore) {
  write("bob@example.net\n");
  auto list = file();
  list.contents(now_);
  fs::rename(folder_ / "list.txt", folder_ / "away.txt");
  list.contents(now_ + kLook);
  EXPECT_NE(list.problem(), "");
  fs::rename(folder_ / "away.txt", folder_ / "list.txt");
  list.contents(now_ + 2 * kLook);
  EXPECT_EQ(list.problem(), "");
}

class SourcesTest : public RecipientsTest {
 protected:
  std::shared_ptr<const Recipients> open(const Recipients* previous = nullptr) {
    policy::Policy policy;
    policy.file = (folder_ / "policy.yaml").string();
    policy.recipients = {{"example.net", "file", "list.txt", {}}, {"*.example.net", "file", "list.txt", {}}};
    return open_recipients(policy, say(), previous);
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
  EXPECT_THAT(said_, IsEmpty());
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
  EXPECT_EQ(said_.size(), 1U) << "two domains, one file";
}

TEST_F(SourcesTest, ALineThatCannotBeReadMayBeAnybodys) {
  write("bob@example.net\ncarol@example.net ful\ndave\n");
  const auto recipients = open();
  EXPECT_EQ(recipients->find("bob", "example.net"), Status::known);
  EXPECT_EQ(recipients->find("carol", "example.net"), Status::known);
  EXPECT_FALSE(recipients->find("dave", "example.net").has_value()) << "no 550 because of our own file";
}

TEST_F(SourcesTest, AReloadKeepsTheGoodContentsOfAFileThatIsGone) {
  write("bob@example.net\n");
  const auto before = open();
  fs::remove(folder_ / "list.txt");
  const auto after = open(before.get());
  EXPECT_EQ(after->find("bob", "example.net"), Status::known);
}

TEST(Status, WordsAreReadAsTheyAreWritten) {
  for (const auto status :
       {Status::known, Status::unknown, Status::full, Status::disabled, Status::maintenance})
    EXPECT_EQ(parse_status(to_text(status)), status);
  EXPECT_EQ(parse_status("Full"), Status::full);
  EXPECT_EQ(parse_status(""), std::nullopt);
}

}  // namespace
}  // namespace milter
