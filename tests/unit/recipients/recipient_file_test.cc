// A file that changes, tears, shrinks and goes away: nobody's mail is refused because of it.
#include "milter/recipients/recipient_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "folder.h"

namespace milter {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class RecipientFileTest : public test::FolderTest {
 protected:
  // A program's life with the file; each has a memory of its own but for the state folder.
  std::unique_ptr<RecipientFile> open() {
    auto file = std::make_unique<RecipientFile>(
        RecipientFile::Settings{.path = path(), .state_folder = folder_.string()}, say());
    file->answers_for({"example.net"});
    file->look(now_);
    return file;
  }
  void pass(std::chrono::seconds time) {
    now_.steady += time;
    now_.unix_seconds += time.count();
  }
  // Time enough for a change to be seen and to settle.
  void settle(RecipientFile& file) {
    for (int i = 0; i < 2; ++i) {
      pass(RecipientFile::kSettles);
      file.look(now_);
    }
  }

  enum class Word { known, vanished, unknown };
  static Word word_of(const RecipientFile& file, const std::string& key) {
    const auto now = file.contents();
    if (now->list && now->list->find(key)) return Word::known;
    const bool gone = std::binary_search(now->vanished.begin(), now->vanished.end(), address_hash(key));
    return gone ? Word::vanished : Word::unknown;
  }
  static Word a(const RecipientFile& file, int i) {
    return word_of(file, "a" + std::to_string(i) + "@example.net");
  }
  static int count(const RecipientFile& file, int of, Word word) {
    int out = 0;
    for (int i = 0; i < of; ++i) out += a(file, i) == word ? 1 : 0;
    return out;
  }

  Moment now_{std::chrono::steady_clock::time_point(hours(1000)), 1'800'000'000};
};

TEST_F(RecipientFileTest, AMissingFileIsTroubleSaidOnceUntilItIsThere) {
  const auto file = open();
  pass(seconds(1));
  file->look(now_);
  EXPECT_EQ(file->contents()->list, nullptr);
  EXPECT_THAT(file->contents()->trouble, HasSubstr("list.txt: No such file or directory"));
  EXPECT_THAT(said(), ElementsAre(HasSubstr("mail for its domains is deferred")));
  write("bob@exam");
  pass(seconds(1));
  file->look(now_);
  EXPECT_EQ(file->contents()->list, nullptr) << "it may be half of it";
  write("bob@example.net\n");
  settle(*file);
  EXPECT_EQ(word_of(*file, "bob@example.net"), Word::known);
  EXPECT_EQ(file->contents()->trouble, "");
}

TEST_F(RecipientFileTest, AFolderAndAPipeAreTrouble) {
  fs::create_directory(path());
  EXPECT_THAT(open()->contents()->trouble, HasSubstr("not a regular file"));
  fs::remove(path());
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_THAT(open()->contents()->trouble, HasSubstr("not a regular file"))
      << "and nobody waits for its writer";
}

TEST_F(RecipientFileTest, AChangeIsTakenWhenItHasSettledWhoeverAsks) {
  write(people(0, 3));
  const auto file = open();
  const auto old = file->contents();
  write(people(0, 4));
  pass(seconds(1));
  file->look(now_);
  EXPECT_TRUE(file->contents()->change_waits) << "who is new is not unknown meanwhile";
  EXPECT_EQ(a(*file, 3), Word::unknown);
  pass(RecipientFile::kSettles);
  file->look(now_);
  EXPECT_EQ(a(*file, 3), Word::known);
  EXPECT_FALSE(file->contents()->change_waits);
  EXPECT_FALSE(old->list->find("a3@example.net")) << "whoever looks at the old contents keeps them";
}

TEST_F(RecipientFileTest, WhatGoesOnChangingIsNotTaken) {
  write(people(0, 3));
  const auto file = open();
  for (int i = 4; i < 8; ++i) {
    write(people(0, i));
    pass(seconds(1));
    file->look(now_);
    EXPECT_EQ(a(*file, 3), Word::unknown);
    EXPECT_TRUE(file->contents()->change_waits);
  }
  settle(*file);
  EXPECT_EQ(a(*file, 6), Word::known);
}

TEST_F(RecipientFileTest, ContentsThatLookTheSameAreReadAllTheSameNowAndThen) {
  write("bob@example.net\n");
  const auto file = open();
  const auto time = fs::last_write_time(path());
  write("rob@example.net\n");
  fs::last_write_time(path(), time);
  settle(*file);
  EXPECT_EQ(word_of(*file, "rob@example.net"), Word::unknown) << "size, time and inode are as they were";
  pass(RecipientFile::kReadAnyway);
  file->look(now_);
  EXPECT_EQ(word_of(*file, "rob@example.net"), Word::known);
}

TEST_F(RecipientFileTest, TornOrShrunkItsAddressesAreDeferredForADayThenUnknown) {
  write(people(0, 100));
  const auto file = open();
  write(people(0, 91));
  settle(*file);
  EXPECT_EQ(count(*file, 100, Word::vanished), 9);
  EXPECT_THAT(said(), ElementsAre(HasSubstr("9 addresses are gone; mail for them is deferred for 24 h")));
  pass(hours(24) - seconds(10));
  file->look(now_);
  EXPECT_EQ(count(*file, 100, Word::vanished), 9);
  pass(seconds(10));
  file->look(now_);
  EXPECT_EQ(count(*file, 100, Word::vanished), 0);
  EXPECT_EQ(a(*file, 99), Word::unknown);
}

TEST_F(RecipientFileTest, WhoIsBackIsKnownAtOnceAndHasAWholeDayTheNextTime) {
  write(people(0, 100));
  const auto file = open();
  write(people(0, 99));
  settle(*file);
  pass(hours(23));
  write(people(0, 100));
  settle(*file);
  EXPECT_EQ(a(*file, 99), Word::known);
  write(people(0, 99));
  settle(*file);
  pass(hours(23));
  file->look(now_);
  EXPECT_EQ(a(*file, 99), Word::vanished);
}

TEST_F(RecipientFileTest, ShrunkFromEightToOneItIsDeferredUntilSomebodyMeansIt) {
  write(people(0, 8));
  const auto file = open();
  write(people(0, 1));
  settle(*file);
  pass(hours(24 * 300));
  file->look(now_);
  EXPECT_EQ(count(*file, 8, Word::vanished), 7);
  EXPECT_THAT(said(), Contains(HasSubstr("7 of 8 addresses are gone at once")));
  EXPECT_THAT(said(), Contains(HasSubstr("recipients accept example.net")));
  write(people(0, 8));
  settle(*file);
  EXPECT_EQ(count(*file, 8, Word::known), 8);
}

TEST_F(RecipientFileTest, HalfOfThemOrTwoMayGoMoreMayNot) {
  const auto held = [&](int before, int after) {
    write(people(0, before));
    RecipientFile file({.path = path()}, say());
    file.look(now_);
    write(people(0, after));
    settle(file);
    pass(hours(25));
    file.look(now_);
    return count(file, before, Word::vanished) > 0;
  };
  EXPECT_FALSE(held(8, 4)) << "half";
  EXPECT_TRUE(held(8, 3)) << "more than half";
  EXPECT_FALSE(held(3, 1)) << "two";
  EXPECT_TRUE(held(4, 1)) << "three";
}

TEST_F(RecipientFileTest, TornInTwoStepsIsTornAtOnce) {
  write(people(0, 100));
  const auto file = open();
  write(people(0, 60));
  settle(*file);
  pass(hours(1));
  write(people(0, 30));
  settle(*file);
  pass(hours(48));
  file->look(now_);
  EXPECT_EQ(count(*file, 100, Word::vanished), 70) << "70 of 100 within a day, not 30 of 60";
}

TEST_F(RecipientFileTest, NineInAHundredANightAreDeletedWithoutCeremony) {
  write(people(0, 1000));
  const auto file = open();
  int left = 1000;
  for (int night = 0; night < 12; ++night) {
    left -= left * 9 / 100;
    write(people(0, left));
    settle(*file);
    EXPECT_EQ(a(*file, left), Word::vanished);
    pass(hours(24));
    file->look(now_);
    EXPECT_EQ(a(*file, left), Word::unknown) << night;
  }
  EXPECT_LT(left, 400);
}

TEST_F(RecipientFileTest, EmptiedItKeepsItsLastContents) {
  write(people(0, 8));
  const auto file = open();
  for (const auto* text : {"", "# nobody\n", "\n\n"}) {
    write(text);
    settle(*file);
    EXPECT_EQ(count(*file, 8, Word::known), 8);
    EXPECT_THAT(file->contents()->trouble, HasSubstr("holds no address"));
  }
  write(people(0, 8));
  settle(*file);
  EXPECT_EQ(file->contents()->trouble, "");
}

TEST_F(RecipientFileTest, RemovedItKeepsItsLastContentsAndIsTrouble) {
  write(people(0, 8));
  const auto file = open();
  fs::rename(path(), path("away.txt"));
  settle(*file);
  EXPECT_EQ(count(*file, 8, Word::known), 8);
  EXPECT_THAT(file->contents()->trouble, HasSubstr("No such file"));
  fs::rename(path("away.txt"), path());
  settle(*file);
  EXPECT_EQ(file->contents()->trouble, "");
}

TEST_F(RecipientFileTest, UnreadableItKeepsItsLastContentsAndIsTrouble) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything; tests/wire has this with a user";
  write(people(0, 8));
  const auto file = open();
  replace(people(0, 9));
  fs::permissions(path(), fs::perms::none);
  settle(*file);
  EXPECT_EQ(count(*file, 8, Word::known), 8);
  EXPECT_THAT(file->contents()->trouble, HasSubstr("Permission denied"));
}

TEST_F(RecipientFileTest, AMassDeletionWithItsCountIsMeant) {
  write(people(0, 100));
  const auto file = open();
  write(people(0, 8) + "# fivefifty: 8 addresses\n");
  settle(*file);
  EXPECT_EQ(count(*file, 100, Word::vanished), 0);
  EXPECT_EQ(a(*file, 99), Word::unknown);
}

TEST_F(RecipientFileTest, ACountThatDisagreesTakesNothing) {
  write(people(0, 100));
  const auto file = open();
  write(people(0, 8) + "b@example.net\n# fivefifty: 100 addresses\n");
  settle(*file);
  EXPECT_EQ(count(*file, 100, Word::known), 100);
  EXPECT_EQ(word_of(*file, "b@example.net"), Word::unknown) << "not even who is new";
  EXPECT_THAT(file->contents()->trouble, HasSubstr("says 100 addresses, and there are 9"));
}

TEST_F(RecipientFileTest, ACountReleasesWhoWasHeld) {
  write(people(0, 8));
  const auto file = open();
  write(people(0, 1));
  settle(*file);
  write(people(0, 1) + "# fivefifty: 1 addresses\n");
  settle(*file);
  EXPECT_EQ(a(*file, 7), Word::unknown);
}

TEST_F(RecipientFileTest, NoneIsNobodyAfterTheSameCeremony) {
  write(people(0, 8));
  const auto file = open();
  write("none\n");
  settle(*file);
  EXPECT_EQ(count(*file, 8, Word::vanished), 8);
  write("none\n# fivefifty: 0 addresses\n");
  settle(*file);
  EXPECT_EQ(count(*file, 8, Word::unknown), 8);
  EXPECT_EQ(file->contents()->trouble, "");
}

TEST_F(RecipientFileTest, ANoteOfTheAdministratorReleasesThem) {
  write(people(0, 8));
  const auto file = open();
  const StateFile state(folder_.string(), path());
  write(people(0, 1));
  settle(*file);
  EXPECT_EQ(state.accept(AddressList(people(0, 2)).digest()), "");
  file->look(now_);
  EXPECT_EQ(a(*file, 7), Word::vanished) << "he looked at another file";
  EXPECT_FALSE(state.accepted()) << "and it is not kept for later";
  EXPECT_EQ(state.accept(AddressList(people(0, 1)).digest()), "");
  file->look(now_);
  EXPECT_EQ(a(*file, 7), Word::unknown);
  EXPECT_FALSE(state.accepted());
}

TEST_F(RecipientFileTest, ANoteAboutContentsThatHaveYetToSettleWaits) {
  write(people(0, 8));
  const auto file = open();
  write(people(0, 1));
  EXPECT_EQ(StateFile(folder_.string(), path()).accept(AddressList(people(0, 1)).digest()), "");
  settle(*file);
  EXPECT_EQ(a(*file, 7), Word::unknown);
}

// Killed between two contents: what the next program finds is compared with what the last one had.
TEST_F(RecipientFileTest, WhatVanishedWhileNoProgramRanHasVanished) {
  write(people(0, 100));
  open();
  write(people(0, 95));
  const auto file = open();
  EXPECT_EQ(count(*file, 100, Word::vanished), 5);
}

TEST_F(RecipientFileTest, WhatVanishedWhenIsRememberedOverARestart) {
  write(people(0, 100));
  {
    const auto file = open();
    write(people(0, 95));
    settle(*file);
  }
  pass(hours(23));
  auto file = open();
  EXPECT_EQ(count(*file, 100, Word::vanished), 5);
  pass(hours(1));
  file->look(now_);
  EXPECT_EQ(count(*file, 100, Word::vanished), 0);
  file = open();
  EXPECT_EQ(count(*file, 100, Word::vanished), 0) << "and is not remembered for ever";
}

TEST_F(RecipientFileTest, WhoIsHeldIsHeldOverARestart) {
  write(people(0, 8));
  {
    const auto file = open();
    write(people(0, 1));
    settle(*file);
  }
  pass(hours(24 * 30));
  EXPECT_EQ(count(*open(), 8, Word::vanished), 7);
}

TEST_F(RecipientFileTest, AClockThatWasSetBackDefersForADayAtMost) {
  write(people(0, 100));
  {
    const auto file = open();
    write(people(0, 95));
    settle(*file);
  }
  now_.unix_seconds -= 3600 * 24 * 365;
  const auto file = open();
  pass(hours(24));
  file->look(now_);
  EXPECT_EQ(count(*file, 100, Word::vanished), 0);
}

TEST_F(RecipientFileTest, ATornStateIsSaidAndForgotten) {
  write(people(0, 100));
  open();
  const auto state = StateFile(folder_.string(), path()).path();
  fs::resize_file(state, fs::file_size(state) - 8);
  write(people(0, 95));
  const auto file = open();
  EXPECT_EQ(count(*file, 95, Word::known), 95);
  EXPECT_THAT(said(), Contains(HasSubstr("is not whole")));
}

TEST_F(RecipientFileTest, TheStateHoldsNoAddressAndIsForItsOwnerOnly) {
  write("bob.the.builder@example.net\n");
  open();
  const auto state = StateFile(folder_.string(), path()).path();
  std::ifstream in(state, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_THAT(text, Not(HasSubstr("builder")));
  EXPECT_EQ(fs::status(state).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(RecipientFileTest, AStateThatCannotBeWrittenIsSaidOnce) {
  write(people(0, 3));
  RecipientFile file({.path = path(), .state_folder = path("nowhere")}, say());
  file.look(now_);
  write(people(0, 4));
  settle(file);
  EXPECT_THAT(said(), ElementsAre(HasSubstr("will not be remembered over a restart")));
}

TEST_F(RecipientFileTest, LinesThatCannotBeReadAreSaidWithTheirPlace) {
  write("bob@example.net\nnonsense\nx@example.net asleep\n");
  open();
  EXPECT_THAT(said(), ElementsAre(HasSubstr("list.txt:2: neither an address nor @domain"),
                                  HasSubstr("list.txt:3: expected known, unknown, full")));
}

TEST_F(RecipientFileTest, ADomainWithoutAnAddressIsSaid) {
  write("bob@corp.local\n");
  open();
  EXPECT_THAT(said(), ElementsAre(HasSubstr("no address in example.net")));
}

}  // namespace
}  // namespace milter
