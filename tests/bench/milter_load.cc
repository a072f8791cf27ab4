// Plays SMTP sessions to a filter on a unix socket, and says what it answered and how long it took
// (milter_session.h has the form of SCENARIOS):
//   milter_load SOCKET SCENARIOS                        each scenario once: NAME VERDICT, one a line
//   milter_load SOCKET SCENARIOS SECONDS AT_A_TIME      so many sessions at a time, over and over: one line of JSON
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/milter_session.h"

namespace {

using namespace milter;
using std::chrono::steady_clock;
using Millis = std::chrono::duration<double, std::milli>;

std::string queue_id(std::uint64_t session) { return fmt::format("{:012X}", session); }

// What came of many sessions.
struct Tally {
  std::vector<double> millis;  // of each session that came to an end: from connecting to QUIT
  std::uint64_t wrong = 0, broken = 0;
  std::string trouble;  // of the first broken one

  void add(const Tally& other) {
    millis.insert(millis.end(), other.millis.begin(), other.millis.end());
    wrong += other.wrong;
    broken += other.broken;
    if (trouble.empty()) trouble = other.trouble;
  }
};

// REQUIRES 0 < part <= 1 and sorted values, of which there is at least one.
double percentile(const std::vector<double>& sorted, double part) {
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(sorted.size())));
  return sorted[rank - 1];
}

// One of those who play at a time, until `end`; `next` deals out the scenarios, in turn.
Tally play_until(steady_clock::time_point end, const std::string& socket,
                 const std::vector<Scenario>& scenarios, std::atomic<std::uint64_t>& next) {
  Tally tally;
  for (auto began = steady_clock::now(); began < end; began = steady_clock::now()) {
    const auto session = next++;
    const auto& scenario = scenarios[session % scenarios.size()];
    try {
      const auto verdict = play(socket, scenario, queue_id(session));
      tally.millis.push_back(Millis(steady_clock::now() - began).count());
      if (verdict != scenario.verdict) ++tally.wrong;
    } catch (const std::exception& error) {
      ++tally.broken;
      if (tally.trouble.empty()) tally.trouble = error.what();
    }
  }
  return tally;
}

int load(const std::string& socket, const std::vector<Scenario>& scenarios, double seconds, int at_a_time) {
  const auto began = steady_clock::now();
  const auto end = began + std::chrono::duration_cast<steady_clock::duration>(Millis(seconds * 1000));
  std::atomic<std::uint64_t> next = 0;
  std::mutex mutex;
  Tally all;
  {
    std::vector<std::jthread> players;
    for (int i = 0; i < at_a_time; ++i)
      players.emplace_back([&] {
        const Tally mine = play_until(end, socket, scenarios, next);
        const std::lock_guard lock(mutex);
        all.add(mine);
      });
  }
  const double took = Millis(steady_clock::now() - began).count() / 1000;
  if (!all.trouble.empty()) fmt::print(stderr, "milter_load: {}\n", all.trouble);
  if (all.millis.empty()) return 1;
  std::sort(all.millis.begin(), all.millis.end());
  fmt::print(
      R"({{"messages": {}, "seconds": {:.3f}, "p50": {:.3f}, "p99": {:.3f}, "wrong": {}, "broken": {}}})"
      "\n",
      all.millis.size(), took, percentile(all.millis, 0.5), percentile(all.millis, 0.99), all.wrong,
      all.broken);
  return 0;
}

int once(const std::string& socket, const std::vector<Scenario>& scenarios) {
  std::uint64_t session = 0;
  for (const auto& scenario : scenarios)
    fmt::print("{} {}\n", scenario.name, play(socket, scenario, queue_id(session++)));
  return 0;
}

}  // namespace

int main(int count, char** values) try {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() != 2 && arguments.size() != 4) {
    fmt::print(stderr, "usage: milter_load SOCKET SCENARIOS [SECONDS AT_A_TIME]\n");
    return 2;
  }
  const auto scenarios = read_scenarios(arguments[1]);
  if (arguments.size() == 2) return once(arguments[0], scenarios);
  return load(arguments[0], scenarios, std::stod(arguments[2]), std::stoi(arguments[3]));
} catch (const std::exception& error) {
  fmt::print(stderr, "milter_load: {}\n", error.what());
  return 1;
}
