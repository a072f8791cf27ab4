// Reloading policy and catalogue: at SIGHUP, and when their files change. All or nothing: a bad file
// keeps the old.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "milter/cli/config.h"
#include "milter/lists/health.h"
#include "milter/smtp/libmilter/service.h"

namespace milter {

// One thread, but for the counts. References outlive it.
class Reloading {
 public:
  Reloading(const Config& config, CurrentSnapshot& current, ListHealth& health);

  // Reads the files again. New sessions begin with what they say if all of it is good; else what was stays,
  // and stderr says why; an exception is said and counts as an error. True: taken.
  bool reload();

  // Reloads when a file has changed since and looks the same as at the last look (half a policy may lack the
  // exceptions), and once a day, so that an exception that ends is said.
  void look();

  // Reloads since the start: those that were taken, and those that were not. Any thread.
  std::uint64_t taken() const { return taken_; }
  std::uint64_t refused() const { return refused_; }

 private:
  using Times = std::map<std::string, std::filesystem::file_time_type>;
  Times times() const;  // of the files that can be read
  bool read_again();

  const Config& config_;
  CurrentSnapshot& current_;
  ListHealth& health_;
  Times seen_, last_look_;
  std::atomic<std::uint64_t> taken_{0}, refused_{0};
  std::chrono::steady_clock::time_point next_;
};

}  // namespace milter
