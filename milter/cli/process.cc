#include "milter/cli/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "milter/log/say.h"

namespace milter {
namespace {

constexpr rlim_t kComfortable = 4096;  // a thousand sessions that all wait for DNS, and some room

// Null: there is none, or we are not root and stay who we are.
const passwd* other_user(const std::string& user, std::string& trouble) {
  if (user.empty() || geteuid() != 0) return nullptr;
  const auto* entry = getpwnam(user.c_str());
  if (!entry) trouble = fmt::format("there is no user {}", user);
  return entry;
}

}  // namespace

void open_standard_descriptors() noexcept {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file)
    if (fcntl(file, F_GETFD) < 0) open("/dev/null", O_RDWR);  // the lowest that is free: this one
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (before != limit.rlim_max && setrlimit(RLIMIT_NOFILE, &limit) == 0)
    say(fmt::format("up to {} files may be open (before: {})", limit.rlim_max, before));
  if (limit.rlim_max < kComfortable)
    say(
        fmt::format("warning: only {} files may be open; each session takes one, and each question to a name "
                    "server another: allow {} or more (LimitNOFILE=, ulimit -n)",
                    limit.rlim_max, kComfortable));
}

void DescriptorWatch::look() {
  const int probe = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool exhausted = probe < 0 && (errno == EMFILE || errno == ENFILE);
  if (probe >= 0) close(probe);
  if (exhausted != exhausted_)
    say(exhausted
            ? "no file can be opened any more: all descriptors are in use; connections wait, questions to "
              "name servers go unanswered"
            : "files can be opened again");
  exhausted_ = exhausted;
}

std::string become(const std::string& user) {
  std::string trouble;
  const auto* entry = other_user(user, trouble);
  if (!entry) return trouble;
  if (initgroups(user.c_str(), entry->pw_gid) == 0 && setgid(entry->pw_gid) == 0 &&
      setuid(entry->pw_uid) == 0)
    return "";
  return fmt::format("cannot become {}: {}", user, std::strerror(errno));
}

ActingAs::ActingAs(const std::string& user) {
  const auto* entry = other_user(user, trouble_);
  if (!entry) return;
  group_ = getegid();
  groups_.resize(static_cast<std::size_t>(std::max(getgroups(0, nullptr), 0)));
  const bool known = getgroups(static_cast<int>(groups_.size()), groups_.data()) >= 0;
  acting_ = known && initgroups(user.c_str(), entry->pw_gid) == 0 && setegid(entry->pw_gid) == 0 &&
            seteuid(entry->pw_uid) == 0;
  if (!acting_) trouble_ = fmt::format("cannot act as {}: {}", user, std::strerror(errno));
}

ActingAs::~ActingAs() {
  if (!acting_) return;
  const bool back = seteuid(0) == 0 && setegid(group_) == 0 && setgroups(groups_.size(), groups_.data()) == 0;
  if (!back) say(fmt::format("cannot become root again: {}", std::strerror(errno)));
}

std::string why_not_appendable(const std::string& path) {
  errno = 0;
  struct stat there {};
  const bool exists = stat(path.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) return std::strerror(EISDIR);
  const auto folder = std::filesystem::path(path).parent_path().string();
  const auto& asked = exists ? path : folder.empty() ? std::string(".") : folder;
  if (faccessat(AT_FDCWD, asked.c_str(), exists ? W_OK : W_OK | X_OK, AT_EACCESS) == 0) return "";
  return std::strerror(errno);
}

}  // namespace milter
