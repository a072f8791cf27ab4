// Replays whole logs on several threads, in memory that does not grow with them.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "policy/policy.h"
#include "policy/record/tally.h"
#include "policy/schema.h"

namespace milter {

struct ReplayRequest {
  std::vector<std::string> logs;
  std::uint64_t sample = 1;  // one record of so many is decided, spread over the whole log
  unsigned threads = 2;      // at least 1
  // Told now and then, on the calling thread, how many octets of all logs have been read.
  std::function<void(std::uint64_t)> progress;
};

// The error is that of a log that cannot be read. The same logs give the same tally with any
// number of threads.
tl::expected<policy::ReplayTally, std::string> replay_logs(const ReplayRequest& request,
                                                           const policy::Policy& policy,
                                                           const policy::Schema& schema);

}  // namespace milter
