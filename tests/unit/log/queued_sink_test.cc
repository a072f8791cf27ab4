// The queue before logs that may block.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "milter/log/sink.h"
#include "milter/log/system_sink.h"
#include "records.h"

namespace milter {
namespace {

using test::rejection;

constexpr std::uint64_t kMostQueued = 4096;  // as milter/log/system_sink.cc has it

// Blocks until it is let go, then keeps what it gets.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  bool waiting = false;
  std::vector<std::string> refs;
  int reopened = 0;
};

class BlockingSink : public LogSink {
 public:
  explicit BlockingSink(Gate& gate) : gate_(gate) {}
  void write(const policy::Record& record) override {
    std::unique_lock lock(gate_.mutex);
    gate_.waiting = true;
    gate_.changed.notify_all();
    gate_.changed.wait(lock, [this] { return gate_.open; });
    gate_.refs.push_back(record.ref);
  }
  void reopen() override { ++gate_.reopened; }
  std::uint64_t lost() const override { return 7; }

 private:
  Gate& gate_;
};

void let_go(Gate& gate) {
  const std::scoped_lock lock(gate.mutex);
  gate.open = true;
  gate.changed.notify_all();
}

void wait_until_blocked(Gate& gate) {
  std::unique_lock lock(gate.mutex);
  gate.changed.wait(lock, [&] { return gate.waiting; });
}

TEST(QueuedSink, EndWritesWhatIsQueued) {
  Gate gate;
  {
    const auto sink = queued_sink(std::make_unique<BlockingSink>(gate));
    for (const auto* ref : {"A", "B", "C"}) sink->write(rejection(ref));
    let_go(gate);
  }
  EXPECT_EQ(gate.refs, (std::vector<std::string>{"A", "B", "C"}));
}

TEST(QueuedSink, TakesAsManyAsItsBoundAndDropsTheNext) {
  Gate gate;
  auto sink = queued_sink(std::make_unique<BlockingSink>(gate));
  sink->write(rejection());
  wait_until_blocked(gate);  // that one has left the queue
  for (std::uint64_t i = 0; i < kMostQueued; ++i) sink->write(rejection());
  EXPECT_EQ(sink->lost(), 0U + 7U);
  sink->write(rejection());
  EXPECT_EQ(sink->lost(), 1U + 7U) << "its own and those of the sink behind";
  let_go(gate);
  sink.reset();
  EXPECT_EQ(gate.refs.size(), kMostQueued + 1);
}

TEST(QueuedSink, ReopensTheSinkBehind) {
  Gate gate;
  let_go(gate);
  queued_sink(std::make_unique<BlockingSink>(gate))->reopen();
  EXPECT_EQ(gate.reopened, 1);
}

}  // namespace
}  // namespace milter
