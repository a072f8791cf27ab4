// Log files, plain, gzip or zstd (told apart by their first octets), as blocks of whole lines: for explain,
// replay and test, which read gigabytes. A reader belongs to one thread; a block is a value.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/record/record.h"
#include "policy/record/write.h"

namespace milter {

inline constexpr std::size_t kLogBlock = 1024 * 1024;  // octets that are read at once
// No record is longer than policy::kLongestRecord; a longer line is cut here, and so is none.
inline constexpr std::size_t kLongestLogLine = 4 * policy::kLongestRecord;

struct LogBlock {
  std::string text;              // whole lines, each with its line end
  std::uint64_t first_line = 1;  // of the file
};

class LogReader {
 public:
  // The error is a sentence: "cannot read F: No such file or directory". "-" is standard input.
  static tl::expected<LogReader, std::string> open(const std::string& path);
  ~LogReader();
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;

  // The next lines; an empty text at the end. After an error (a broken archive) there is nothing more.
  tl::expected<LogBlock, std::string> next();

  std::uint64_t octets_read() const;  // of the file, as it lies on disk
  const std::string& path() const;

 private:
  struct Impl;
  explicit LogReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Each line of a block without its end; empty ones are left out.
template <class F>
void each_line(const LogBlock& block, F&& line) {
  std::string_view rest = block.text;
  for (auto number = block.first_line; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    const auto text = rest.substr(0, end);
    if (!text.empty()) line(text.substr(0, kLongestLogLine), number);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

// Every record with this reference, in the order of the logs. A reference may be written as people do:
// "ref=" before it, small letters, O for 0, I or L for 1. Blocks are searched before anything is parsed.
// The error is that of a log that cannot be read.
tl::expected<std::vector<policy::Record>, std::string> find_records(const std::vector<std::string>& logs,
                                                                    std::string_view reference);
inline constexpr std::size_t kMostFound = 20;  // a reference is of one decision; a log may hold it twice

// The reference as the log has it.
std::string normal_reference(std::string_view written);

}  // namespace milter
