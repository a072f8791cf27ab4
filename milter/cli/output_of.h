// A program's standard output. For commands that a person waits for: it blocks.
#pragma once
#include <chrono>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace milter {

struct OutputBounds {
  std::size_t octets;
  std::chrono::milliseconds time;
};

// Runs command[0], a path or a name in PATH, with the rest as its arguments: no shell, nothing on its
// standard input, its errors thrown away. It is killed when it says more, or takes longer, than
// `bounds` allow. The error says what went wrong: "cannot run X: No such file or directory", "X ended
// with exit code 1".
tl::expected<std::string, std::string> output_of(const std::vector<std::string>& command,
                                                 OutputBounds bounds);

}  // namespace milter
