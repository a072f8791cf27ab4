#include "milter/lists/prober.h"

#include <atomic>
#include <exception>
#include <utility>

namespace milter {
namespace {

// One list's test under way. Shared by the callbacks of its lookups; the last one to come reports.
struct TestUnderWay {
  TestUnderWay(std::shared_ptr<ListHealth> of, policy::List tested, PointLookups asked, UnixMillis now,
               std::size_t count)
      : health(std::move(of)), list(std::move(tested)), points(std::move(asked)), started(now), open(count) {}

  std::shared_ptr<ListHealth> health;
  policy::List list;
  PointLookups points;
  UnixMillis started;
  std::atomic<std::size_t> open;

  void one_done() {
    if (--open == 0) health->tested(list.id, points.result(list), started);
  }
};

UnixMillis wall_clock() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void start_due_tests(const std::shared_ptr<ListHealth>& health, Resolver& dns, UnixMillis now) {
  for (auto& list : health->due(now)) {
    auto points = PointLookups::start(dns, list);
    const auto count = points.lookups().size();
    const auto test = std::make_shared<TestUnderWay>(health, std::move(list), std::move(points), now, count);
    for (const auto& lookup : test->points.lookups())
      lookup.on_done([test](const Outcome&) { test->one_done(); });
  }
}

std::vector<ListReport> test_lists_now(const std::vector<policy::List>& lists, Resolver& dns,
                                       Deadline deadline, UnixMillis now) {
  ListHealth health;
  health.use(lists);
  Questions questions(dns);
  const Window window{.begin = Deadline::min(), .end = deadline};
  Answers first(questions, window, Deadline::min());
  for (const auto& list : lists) ask_points(list, first);
  Waiting waiting;
  if (!first.all_here()) waiting.add({first.named(), deadline});
  waiting.block();
  Answers last(questions, window, deadline);
  for (const auto& list : lists) health.tested(list.id, ask_points(list, last), now);
  return health.report();
}

ListProber::ListProber(std::shared_ptr<ListHealth> health, Resolver& dns, Say say)
    : health_(std::move(health)),
      dns_(dns),
      say_(std::move(say)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void ListProber::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    try {
      start_due_tests(health_, dns_, wall_clock());
    } catch (const std::exception& error) {
      say_(std::string("error in the self-tests of lists: ") + error.what());
    }
    stopped_.wait_for(lock, stop, kProbeTick, [] { return false; });
  }
}

}  // namespace milter
