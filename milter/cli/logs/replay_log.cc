#include "milter/cli/logs/replay_log.h"

#include <fmt/format.h>

#include <deque>
#include <future>

#include "milter/cli/logs/log_reader.h"
#include "policy/record/read.h"

namespace milter {
namespace {

policy::ReplayTally replay_block(const LogBlock& block, const std::string& path, const ReplayRequest& request,
                                 const policy::Replay& replay) {
  policy::ReplayTally tally;
  each_line(block, [&](std::string_view line, std::uint64_t number) {
    if ((number - 1) % request.sample != 0) return;
    const auto record = policy::record_for_replay(line, replay.wanted());
    if (record)
      tally.add(*record, replay(*record));
    else
      tally.add_unreadable(fmt::format("{}:{}: {}", path, number, record.error()));
  });
  return tally;
}

// Blocks are decided side by side, and their tallies taken in the log's order. What is in flight is bounded.
class Pipeline {
 public:
  Pipeline(const ReplayRequest& request, const policy::Policy& policy, const policy::Schema& schema)
      : request_(request), replay_(policy, schema) {}

  void decide(LogBlock block, const std::string& path) {
    // Twice as many as there are threads: none waits for the first to be taken.
    if (under_way_.size() >= std::size_t{2} * request_.threads) take_first();
    under_way_.push_back(std::async(std::launch::async, [this, path, block = std::move(block)] {
      return replay_block(block, path, request_, replay_);
    }));
  }
  policy::ReplayTally end() {
    while (!under_way_.empty()) take_first();
    return std::move(sum_);
  }

 private:
  void take_first() {
    sum_.merge(under_way_.front().get());
    under_way_.pop_front();
  }

  const ReplayRequest& request_;
  const policy::Replay replay_;
  policy::ReplayTally sum_;
  std::deque<std::future<policy::ReplayTally>> under_way_;
};

}  // namespace

tl::expected<policy::ReplayTally, std::string> replay_logs(const ReplayRequest& request,
                                                           const policy::Policy& policy,
                                                           const policy::Schema& schema) {
  Pipeline pipeline(request, policy, schema);
  std::uint64_t of_logs_before = 0;
  for (const auto& path : request.logs) {
    auto reader = LogReader::open(path);
    if (!reader) return tl::unexpected(reader.error());
    while (true) {
      auto block = reader->next();
      if (!block) return tl::unexpected(block.error());
      if (block->text.empty()) break;
      pipeline.decide(std::move(*block), path);
      if (request.progress) request.progress(of_logs_before + reader->octets_read());
    }
    of_logs_before += reader->octets_read();
  }
  return pipeline.end();
}

}  // namespace milter
