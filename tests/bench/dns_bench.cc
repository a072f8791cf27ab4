// The DNS engine against a local responder that takes 20 ms: what a question costs, what a session waits,
// what happens when far too much is asked.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <memory>
#include <span>
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

// As after an hour's work: the cache is full, each new answer replaces an old one.
std::unique_ptr<CaresResolver> at_work() {
  constexpr int kNames = 55'000, kAtOnce = 500;
  auto dns = std::make_unique<CaresResolver>(settings());
  std::vector<Lookup> lookups;
  for (int i = 0; i < kNames; ++i) {
    lookups.push_back(dns->query(name(-1, i, 0), RecordType::a));
    if (lookups.size() < kAtOnce) continue;
    for (const auto& lookup : lookups) lookup.wait(steady_clock::now() + std::chrono::seconds(30));
    lookups.clear();
  }
  return dns;
}

using Names = std::vector<std::string>;

// Of one thread's sessions, kLookups each.
Names names_of(int thread, int first_session, int sessions) {
  Names names;
  for (int i = 0; i < sessions * kLookups; ++i)
    names.push_back(name(thread, first_session + i / kLookups, i % kLookups));
  return names;
}

// One session's lookups, all new; milliseconds until the last answer.
double run_session(Resolver& dns, std::span<const std::string> names) {
  const auto began = steady_clock::now();
  std::vector<Lookup> lookups;
  for (const auto& one : names) lookups.push_back(dns.query(one, RecordType::a));
  for (const auto& lookup : lookups) lookup.wait(began + std::chrono::seconds(30));
  return std::chrono::duration<double, std::milli>(steady_clock::now() - began).count();
}

std::vector<double> run_sessions(Resolver& dns, std::span<const std::string> names) {
  std::vector<double> waits;
  for (; !names.empty(); names = names.subspan(kLookups))
    waits.push_back(run_session(dns, names.first(kLookups)));
  return waits;
}

// state.range(0) sessions at a time, one after the other in each thread. state.range(1): with a full cache.
void sessions(benchmark::State& state) {
  const auto threads = static_cast<int>(state.range(0));
  const int rounds = threads > 100 ? 5 : 50;
  const auto dns = state.range(1) != 0 ? at_work() : std::make_unique<CaresResolver>(settings());
  std::vector<double> waits;
  double micros = 0;
  int round = 0;
  for ([[maybe_unused]] auto iteration : state) {
    std::vector<Names> names;
    for (int t = 0; t < threads; ++t) names.push_back(names_of(t, round, rounds));
    round += rounds;
    const double before = cpu_micros();
    std::vector<std::future<std::vector<double>>> running;
    for (const auto& of_thread : names)
      running.push_back(std::async(std::launch::async, [&] { return run_sessions(*dns, of_thread); }));
    for (auto& thread : running) {
      const auto of_thread = thread.get();
      waits.insert(waits.end(), of_thread.begin(), of_thread.end());
    }
    micros += cpu_micros() - before;
  }
  std::sort(waits.begin(), waits.end());
  state.counters["p50_ms"] = waits[waits.size() / 2];
  state.counters["p99_ms"] = waits[waits.size() * 99 / 100];
  state.counters["cpu_us_per_query"] = micros / static_cast<double>(waits.size() * kLookups);
}
BENCHMARK(sessions)
    ->ArgNames({"at_a_time", "full"})
    ->Args({16, 0})
    ->Args({16, 1})
    ->Args({200, 0})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(5);

// One thread keeps 500 questions under way: the cost of a question without that of waking waiters.
void pipelined(benchmark::State& state) {
  constexpr std::size_t kWindow = 500;
  const auto dns = at_work();
  std::vector<Lookup> window;
  int asked = 0;
  const double before = cpu_micros();
  for ([[maybe_unused]] auto iteration : state) {
    const auto next = dns->query(name(0, asked++, 0), RecordType::a);
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

// The same questions by hand, over one socket, the replies not even looked at: what the kernel takes, of
// which no resolver can save anything. The yardstick of a machine that others share.
void bare_socket(benchmark::State& state) {
  constexpr int kWindow = 500;
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(responder->address().port);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    return state.SkipWithError("connect");
  std::array<char, 512> reply;
  int asked = 0;
  int answered = 0;
  const double before = cpu_micros();
  for ([[maybe_unused]] auto iteration : state) {
    const auto query =
        encode_query({name(0, asked, 0), RecordType::a}, static_cast<std::uint16_t>(asked), Edns::with);
    ++asked;
    if (send(socket, query.data(), query.size(), 0) < 0) return state.SkipWithError("send");
    while (asked - answered >= kWindow ||
           recv(socket, reply.data(), reply.size(), MSG_DONTWAIT | MSG_PEEK) > 0) {
      pollfd ready{socket, POLLIN, 0};
      if (asked - answered >= kWindow && poll(&ready, 1, 1000) == 0)
        return state.SkipWithError("lost replies");
      while (recv(socket, reply.data(), reply.size(), MSG_DONTWAIT) > 0) ++answered;
    }
  }
  state.counters["cpu_us_per_query"] = (cpu_micros() - before) / asked;
  close(socket);
}
BENCHMARK(bare_socket)->Unit(benchmark::kMicrosecond)->UseRealTime()->MinTime(2);

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
    for (int i = 0; i < 200'000; ++i) {
      const Question question{name(0, i, 0), RecordType::a};
      const auto found = cache->find(question, steady_clock::now());
      cache->settle(question, *found.pending, records, steady_clock::now());
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
