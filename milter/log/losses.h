// Records that could not be written: counted, and said when a spell of losing begins and ends, not each. Any thread.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace milter {

class Losses {
 public:
  explicit Losses(std::string where) : where_(std::move(where)) {}  // "/var/log/x.jsonl", "on stdout"

  // `records` may be 0: there is trouble, but none was lost yet.
  void lost(std::uint64_t records, std::string_view why) noexcept;
  void wrote() noexcept;  // it works (again)
  std::uint64_t count() const noexcept;

 private:
  const std::string where_;
  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::uint64_t before_ = 0;  // count_ when the spell began
  bool losing_ = false;
};

}  // namespace milter
