// The DNS engine against a local responder that takes 20 ms: what a question costs, what a session waits,
// what happens when far too much is asked.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "milter/dns/cares_resolver.h"
#include "tests/bench/dns_responder.h"

namespace {

using namespace milter;
using std::chrono::steady_clock;

constexpr int kLookups = 12;  // of a session, in parallel
const DnsResponder* responder = nullptr;

ResolverSettings settings() {
  ResolverSettings out;
  out.engine.servers = {responder->address()};
  return out;
}

double cpu_micros() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

// The most memory the process ever had resident, MiB.
double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::string name(int thread, int session, int lookup) {
  return "l" + std::to_string(lookup) + ".s" + std::to_string(session) + ".t" + std::to_string(thread) +
         ".example.org";
}

// One session's lookups, all new; milliseconds until the last answer.
double run_session(Resolver& dns, int thread, int session) {
  const auto began = steady_clock::now();
  std::vector<Lookup> lookups;
  for (int i = 0; i < kLookups; ++i) lookups.push_back(dns.query(name(thread, session, i), RecordType::a));
  for (const auto& lookup : lookups) lookup.wait(began + std::chrono::seconds(30));
  return std::chrono::duration<double, std::milli>(steady_clock::now() - began).count();
}

// state.range(0) sessions at a time, one after the other in each thread.
void sessions(benchmark::State& state) {
  const auto threads = static_cast<int>(state.range(0));
  const int rounds = threads > 100 ? 5 : 50;
  std::vector<double> waits;
  double micros = 0;
  for ([[maybe_unused]] auto iteration : state) {
    CaresResolver dns(settings());
    const double before = cpu_micros();
    std::vector<std::vector<double>> by_thread(static_cast<std::size_t>(threads));
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t)
      running.emplace_back([&, t] {
        for (int s = 0; s < rounds; ++s)
          by_thread[static_cast<std::size_t>(t)].push_back(run_session(dns, t, s));
      });
    for (auto& thread : running) thread.join();
    micros += cpu_micros() - before;
    for (const auto& one : by_thread) waits.insert(waits.end(), one.begin(), one.end());
  }
  std::sort(waits.begin(), waits.end());
  state.counters["p50_ms"] = waits[waits.size() / 2];
  state.counters["p99_ms"] = waits[waits.size() * 99 / 100];
  state.counters["cpu_us_per_query"] = micros / static_cast<double>(waits.size() * kLookups);
}
BENCHMARK(sessions)->Arg(16)->Arg(200)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);

// One thread keeps 500 questions under way: the cost of a question without that of waking waiters.
void pipelined(benchmark::State& state) {
  constexpr std::size_t kWindow = 500;
  CaresResolver dns(settings());
  std::vector<Lookup> window;
  int asked = 0;
  const double before = cpu_micros();
  for ([[maybe_unused]] auto iteration : state) {
    const auto next = dns.query(name(0, asked++, 0), RecordType::a);
    if (window.size() < kWindow) {
      window.push_back(next);
      continue;
    }
    auto& oldest = window[static_cast<std::size_t>(asked) % kWindow];
    oldest.wait(steady_clock::now() + std::chrono::seconds(30));
    oldest = next;
  }
  state.counters["cpu_us_per_query"] = (cpu_micros() - before) / asked;
  state.counters["peak_MiB"] = peak_mebibytes();
}
BENCHMARK(pipelined)->Unit(benchmark::kMicrosecond)->UseRealTime()->MinTime(2);

// Far more at once than may be in flight.
void outstanding(benchmark::State& state) {
  const auto many = static_cast<std::size_t>(state.range(0));
  double answered = 0, overloads = 0, seconds = 0;
  for ([[maybe_unused]] auto iteration : state) {
    CaresResolver dns(settings());
    const auto began = steady_clock::now();
    std::vector<Lookup> lookups;
    for (std::size_t i = 0; i < many; ++i)
      lookups.push_back(dns.query(name(0, static_cast<int>(i), 0), RecordType::a));
    for (const auto& lookup : lookups) {
      const auto* outcome = lookup.wait(began + std::chrono::seconds(60));
      if (outcome != nullptr && outcome->has_value()) ++answered;
    }
    seconds += std::chrono::duration<double>(steady_clock::now() - began).count();
    overloads += static_cast<double>(dns.counters().overloads);
  }
  const auto iterations = static_cast<double>(state.iterations());
  state.counters["answered"] = answered / iterations;
  state.counters["overloads"] = overloads / iterations;
  state.counters["answers_per_s"] = answered / seconds;
  state.counters["peak_MiB"] = peak_mebibytes();
}
BENCHMARK(outstanding)->Arg(20000)->Arg(24000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);

std::unique_ptr<CaresResolver> warm;
constexpr int kWarmNames = 1000;

void cache_hits(benchmark::State& state) {
  if (state.thread_index() == 0) {
    warm = std::make_unique<CaresResolver>(settings());
    std::vector<Lookup> lookups;
    for (int i = 0; i < kWarmNames; ++i) lookups.push_back(warm->query(name(0, i, 0), RecordType::a));
    for (const auto& lookup : lookups) lookup.wait(steady_clock::now() + std::chrono::seconds(5));
  }
  std::vector<std::string> names;
  for (int i = 0; i < kWarmNames; ++i) names.push_back(name(0, i, 0));
  std::size_t next = 0;
  for ([[maybe_unused]] auto iteration : state) {
    const auto lookup = warm->query(names[next++ % kWarmNames], RecordType::a);
    if (lookup.peek() == nullptr) state.SkipWithError("not from the cache");
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) warm.reset();
}
BENCHMARK(cache_hits)->Threads(1)->Threads(2)->UseRealTime();

// The cache full to its bound: what it counts against what the process has.
void full_cache(benchmark::State& state) {
  const auto bound = ResolverSettings{}.cache_octets;
  std::unique_ptr<AnswerCache> cache;
  for ([[maybe_unused]] auto iteration : state) {
    cache = std::make_unique<AnswerCache>(bound);
    Records records;
    records.kind = Records::Kind::found;
    records.ttl = std::chrono::seconds(60);
    records.addresses.resize(1);
    for (int i = 0; cache->size().octets < bound * 98 / 100 && i < 200'000; ++i) {
      const Question question{name(0, i, 0), RecordType::a};
      cache->find(question, steady_clock::now());
      cache->settle(question, records, steady_clock::now());
    }
  }
  state.counters["entries"] = static_cast<double>(cache->size().entries);
  state.counters["counted_MiB"] = static_cast<double>(cache->size().octets) / (1 << 20);
  state.counters["peak_MiB"] = peak_mebibytes();
}
BENCHMARK(full_cache)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace

int main(int argc, char** argv) {
  const DnsResponder twenty_ms(std::chrono::milliseconds(20));
  responder = &twenty_ms;
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  warm.reset();
  return 0;
}
