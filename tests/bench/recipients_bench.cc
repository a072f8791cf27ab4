// A million mailboxes: reading them, finding one, and what a change of the file costs.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "milter/recipients/read_file.h"
#include "milter/recipients/recipient_file.h"

namespace milter {
namespace {

constexpr int kMailboxes = 1'000'000;

std::string address(int number) { return "user." + std::to_string(number) + "@example.net"; }

// A file of so many addresses, gone at the end.
class MillionFile {
 public:
  explicit MillionFile(int count)
      : path_(std::filesystem::temp_directory_path() / ("million-" + std::to_string(getpid()))) {
    write(count);
  }
  ~MillionFile() { std::filesystem::remove(path_); }
  MillionFile(const MillionFile&) = delete;
  MillionFile& operator=(const MillionFile&) = delete;

  void write(int count) const {
    std::ofstream out(path_);
    for (int i = 0; i < count; ++i) out << address(i) << '\n';
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Each round the file has one address more: both contents are in memory for a moment, and the state is written.
void BM_Reload(benchmark::State& state) {
  const MillionFile file(kMailboxes);
  RecipientFile recipients({.path = file.path(), .state_folder = std::filesystem::temp_directory_path()},
                           [](const std::string&) {});
  Moment now{};
  recipients.look(now);
  int count = kMailboxes;
  for (auto _ : state) {
    state.PauseTiming();
    file.write(++count);
    now.steady += RecipientFile::kSettles;
    recipients.look(now);
    now.steady += RecipientFile::kSettles;
    state.ResumeTiming();
    recipients.look(now);
  }
  state.counters["peak_MiB"] = peak_mebibytes();
  std::filesystem::remove(StateFile(std::filesystem::temp_directory_path(), file.path()).path());
}
BENCHMARK(BM_Reload)->Unit(benchmark::kMillisecond)->Iterations(3);

void BM_Read(benchmark::State& state) {
  const MillionFile file(kMailboxes);
  for (auto _ : state) benchmark::DoNotOptimize(read_recipient_file(file.path()));
}
BENCHMARK(BM_Read)->Unit(benchmark::kMillisecond);

// In no order, as mail comes: each look-up misses the processor's caches.
void find(benchmark::State& state, int offset) {
  std::string text;
  for (int i = 0; i < kMailboxes; ++i) text += address(i) + '\n';
  const AddressList list(text);
  std::vector<std::string> keys;
  for (int i = 0; i < 65536; ++i)
    keys.push_back(address(static_cast<int>((i * 7919LL * 104729) % kMailboxes) + offset));
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(list.find(keys[next++ % keys.size()]));
}
void BM_FindListed(benchmark::State& state) { find(state, 0); }
void BM_FindUnlisted(benchmark::State& state) { find(state, kMailboxes); }
BENCHMARK(BM_FindListed);
BENCHMARK(BM_FindUnlisted);

}  // namespace
}  // namespace milter
