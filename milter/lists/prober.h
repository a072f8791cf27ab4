// Asks the lists for their test points: when the program starts, then whenever ListHealth says that a
// test is due.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "milter/lists/health.h"

namespace milter {

// Starts the tests that are due at `now`. Never blocks: the results reach `health` from
// the resolver's thread.
void start_due_tests(const std::shared_ptr<ListHealth>& health, Resolver& dns, UnixMillis now);

// Tests all lists at once and waits for them, until `deadline` at most: what `fivefifty lists` prints.
std::vector<ListReport> test_lists_now(const std::vector<policy::List>& lists, Resolver& dns,
                                       Deadline deadline, UnixMillis now);

// Keeps the tests going, in a thread of its own, from construction to destruction. `dns` outlives it. An exception of
// a round is given to `say` and survived.
class ListProber {
 public:
  using Say = std::function<void(const std::string&)>;
  ListProber(std::shared_ptr<ListHealth> health, Resolver& dns, Say say);

 private:
  void run(const std::stop_token& stop);

  std::shared_ptr<ListHealth> health_;
  Resolver& dns_;
  const Say say_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: stops before the rest goes
};

// How often the prober looks for what is due: finer than kDoubtInterval, so that a reload's new lists
// are tested soon.
inline constexpr std::chrono::seconds kProbeTick{2};

}  // namespace milter
