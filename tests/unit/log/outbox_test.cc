// The queue before everything that may block.
#include "milter/log/outbox.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "milter/log/losses.h"
#include "milter/log/say.h"

namespace milter {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr milliseconds kLong{60'000};
constexpr std::size_t kRoom = 1024 * 1024;

// A reader that takes nothing until it is let go. Shared with the outbox's thread, which may outlive the test.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  bool waiting = false;
  std::vector<std::string> texts;

  void pass(const std::vector<Parcel>& batch) {
    std::unique_lock lock(mutex);
    waiting = true;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
    for (const auto& parcel : batch) texts.push_back(parcel.text);
  }
  void let_go() {
    const std::scoped_lock lock(mutex);
    open = true;
    changed.notify_all();
  }
  void wait_until_blocked() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting; });
  }
};

struct Gated {
  explicit Gated(std::size_t room = kRoom)
      : gate(std::make_shared<Gate>()),
        outbox(room, [g = gate](const std::vector<Parcel>& batch, bool) { g->pass(batch); }) {}
  std::shared_ptr<Gate> gate;
  Outbox outbox;
};

TEST(Outbox, DeliversInOrderAndItsEndWritesWhatIsQueued) {
  Gated gated;
  for (const auto* text : {"A", "B", "C"}) EXPECT_GT(gated.outbox.put({.text = text}), 0U);
  gated.gate->let_go();
  EXPECT_EQ(gated.outbox.close(kLong), 0U);
  EXPECT_THAT(gated.gate->texts, ElementsAre("A", "B", "C"));
  EXPECT_EQ(gated.outbox.put({.text = "D"}), 0U) << "it is closed";
}

TEST(Outbox, HoldsSoManyOctetsWhatIsUnderWayIncluded) {
  const std::string text(1000, 'x');
  const auto one = sizeof(Parcel) + text.size();
  Gated gated(3 * one);
  EXPECT_TRUE(gated.outbox.put({.text = text}));
  gated.gate->wait_until_blocked();
  EXPECT_TRUE(gated.outbox.put({.text = text}));
  EXPECT_TRUE(gated.outbox.put({.text = text}));
  EXPECT_FALSE(gated.outbox.put({.text = ""})) << "not even the shortest";
  EXPECT_TRUE(gated.outbox.put({.reopen = true})) << "control is always taken";
  EXPECT_TRUE(gated.outbox.put({.reopen = true}));
  gated.gate->let_go();
  EXPECT_TRUE(gated.outbox.drain(kLong));
  EXPECT_TRUE(gated.outbox.put({.text = text}));
  EXPECT_EQ(gated.outbox.close(kLong), 0U);
  EXPECT_THAT(gated.gate->texts, testing::SizeIs(5)) << "two requests to reopen in a row are one";
}

TEST(Outbox, AReaderThatNeverReadsDoesNotHoldTheEndUp) {
  auto gate = std::make_shared<Gate>();
  {
    Gated gated;
    gate = gated.gate;
    gated.outbox.put({.text = "A"});
    gate->wait_until_blocked();
    gated.outbox.put({.text = "B"});
    gated.outbox.put({.reopen = true});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(gated.outbox.close(milliseconds(20)), 2U) << "those not delivered are told";
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  }
  gate->let_go();  // its thread goes on alone, with what it owns
}

TEST(Outbox, TellsWhenAParcelIsDelivered) {
  Gated gated;
  const auto ticket = gated.outbox.put({.text = "A"});
  EXPECT_FALSE(gated.outbox.wait_for(ticket, milliseconds(1)));
  gated.gate->let_go();
  EXPECT_TRUE(gated.outbox.wait_for(ticket, kLong));
}

TEST(Outbox, AnExceptionIsSaidAndTheNextParcelDelivered) {
  testing::internal::CaptureStderr();
  auto delivered = std::make_shared<std::vector<std::string>>();
  Outbox outbox(kRoom, [delivered](const std::vector<Parcel>& batch, bool) {
    if (batch.front().text == "bad") throw std::runtime_error("no good");
    delivered->push_back(batch.front().text);
  });
  outbox.wait_for(outbox.put({.text = "bad"}), kLong);
  outbox.wait_for(outbox.put({.text = "good"}), kLong);
  EXPECT_THAT(*delivered, ElementsAre("good"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("error in a log's thread: no good"));
}

TEST(Survives, AnythingThrown) {
  testing::internal::CaptureStderr();
  EXPECT_TRUE(survives("a test", [] {}));
  EXPECT_FALSE(survives("a test", [] { throw std::runtime_error("this"); }));
  EXPECT_FALSE(survives("a test", [] { throw 7; }));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "fivefifty: error in a test: this\n"
            "fivefifty: error in a test: an exception that is not a std::exception\n");
}

TEST(Losses, ASpellIsSaidWhenItBeginsAndEnds) {
  testing::internal::CaptureStderr();
  Losses losses("here");
  losses.wrote();
  losses.lost(0, "cannot be opened");
  losses.lost(2, "still not");
  losses.wrote();
  losses.lost(1, "again");
  EXPECT_EQ(losses.count(), 3U);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "fivefifty: cannot write the log here: cannot be opened; mail goes on, records are lost\n"
            "fivefifty: the log here is written again; 2 records were lost\n"
            "fivefifty: cannot write the log here: again; mail goes on, records are lost\n");
}

}  // namespace
}  // namespace milter
