#include "milter/cli/output_of.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <tuple>
#include <utility>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 has forgotten C++ here
}

namespace milter {
namespace {

using Clock = std::chrono::steady_clock;

// Both ends are closed when the other program is started.
struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) == 0) std::tie(read_end, write_end) = std::pair(ends[0], ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_write_end();
    if (read_end >= 0) close(read_end);
  }
  void close_write_end() {
    if (write_end >= 0) close(write_end);
    write_end = -1;
  }
};

// 0, or an errno.
int start(const std::vector<std::string>& command, const Pipe& pipe, pid_t& pid) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int left_of(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

// All that comes until the end. The error: it is too much, or comes too late.
tl::expected<std::string, std::string> read_all(int from, std::size_t most_octets,
                                                Clock::time_point deadline) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    pollfd waiting{from, POLLIN, 0};
    const int ready = poll(&waiting, 1, left_of(deadline));
    if (ready == 0) return tl::unexpected(std::string("took too long"));
    const auto count = ready > 0 ? read(from, buffer.data(), buffer.size()) : -1;
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return tl::unexpected(std::string(std::strerror(errno)));
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > most_octets)
      return tl::unexpected(fmt::format("said more than {} octets", most_octets));
  }
}

// The exit status, by the deadline: one that has closed its output need not have ended.
int wait_for(pid_t pid, Clock::time_point deadline) {
  const int process = pidfd_open(pid, 0);
  pollfd waiting{process, POLLIN, 0};
  if (process < 0 || poll(&waiting, 1, left_of(deadline)) <= 0) kill(pid, SIGKILL);
  if (process >= 0) close(process);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

tl::expected<std::string, std::string> output_of(const std::vector<std::string>& command,
                                                 OutputBounds bounds) {
  const auto& name = command.front();
  Pipe pipe;
  pid_t pid = 0;
  if (pipe.read_end < 0) return tl::unexpected(fmt::format("cannot run {}: {}", name, std::strerror(errno)));
  if (const int error = start(command, pipe, pid))
    return tl::unexpected(fmt::format("cannot run {}: {}", name, std::strerror(error)));
  pipe.close_write_end();
  const auto deadline = Clock::now() + bounds.time;
  auto text = read_all(pipe.read_end, bounds.octets, deadline);
  const int status = wait_for(pid, text ? deadline : Clock::now());
  if (!text) return tl::unexpected(fmt::format("{} {}", name, text.error()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return tl::unexpected(fmt::format("{} ended with {} {}", name, WIFEXITED(status) ? "exit code" : "signal",
                                      WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)));
  return text;
}

}  // namespace milter
