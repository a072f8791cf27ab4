// fivefifty replay: decides logged facts again, by another policy, and shows exactly what would change.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "milter/checks/check.h"
#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/logs/replay_log.h"
#include "milter/cli/replay_text.h"
#include "milter/cli/world.h"

namespace milter {
namespace {

struct ReplayOptions {
  CommonOptions common;
  std::string catalogue;
  std::vector<std::string> logs;
  std::uint64_t sample = 1;
  bool json = false;
};

constexpr int kNothingChanged = 0, kChanged = 1, kTrouble = 2;

// A bar on the terminal, redrawn a few times a second; nothing elsewhere.
class ProgressBar {
 public:
  explicit ProgressBar(const std::vector<std::string>& logs) {
    std::error_code ignored;  // a pipe has no size: no bar then
    for (const auto& log : logs) {
      const auto size = std::filesystem::file_size(log, ignored);
      if (!ignored) total_ += size;
    }
  }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() {
    if (drawn_) fmt::print(stderr, "\r{:60}\r", "");
  }

  void show(std::uint64_t octets) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || total_ == 0 || now - last_ < std::chrono::milliseconds(200)) return;
    last_ = now;
    drawn_ = true;
    const auto percent = std::min<std::uint64_t>(100, octets * 100 / total_);
    fmt::print(stderr, "\r[{:<40}] {:3} %", std::string(percent * 40 / 100, '='), percent);
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  bool drawn_ = false;
  std::uint64_t total_ = 0;
  std::chrono::steady_clock::time_point last_;
};

int replay(const ReplayOptions& options) {
  auto config = load_config_file(options.common.config);
  if (!config) return kTrouble;
  if (!options.common.policy.empty()) config->policy = options.common.policy;
  if (!options.catalogue.empty()) config->replies = options.catalogue;
  const auto loaded = load_snapshot(*config, host_name());
  if (!loaded.snapshot) {
    print(loaded);
    return kTrouble;
  }
  ProgressBar bar(options.logs);
  const ReplayRequest request{.logs = options.logs,
                              .sample = options.sample,
                              .threads = std::max(2U, std::thread::hardware_concurrency()),
                              .progress = [&](std::uint64_t octets) { bar.show(octets); }};
  const auto& policy = loaded.snapshot->policy;
  const auto tally = replay_logs(request, policy, schema());
  if (!tally) {
    fmt::print(stderr, "fivefifty replay: {}\n", tally.error());
    return kTrouble;
  }
  if (tally->decided() == 0 && tally->unreadable() > 0) {
    fmt::print(stderr, "fivefifty replay: no record in these logs: {}\n", tally->first_unreadable());
    return kTrouble;
  }
  fmt::print("{}", options.json ? replay_json(*tally, policy) : replay_text(*tally, policy));
  return tally->counts().changed() > 0 ? kChanged : kNothingChanged;
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "replay", "Decide logged facts again by a policy: exit 0 if nothing changes, 1 if something does");
  auto options = std::make_shared<ReplayOptions>();
  add_policy_options(*command, options->common);
  command->add_option("LOG", options->logs, "logs, plain, gzip or zstd; - is standard input")->required();
  command->add_option("--catalogue", options->catalogue,
                      "a file of replies that the policy's reasons are in");
  command->add_option("--sample", options->sample, "decide only one record of so many")
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json, "print the result as JSON");
  command->callback([options, &exit_code] { exit_code = replay(*options); });
}

}  // namespace milter
