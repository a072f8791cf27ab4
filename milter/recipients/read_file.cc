#include "milter/recipients/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace milter {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

std::string why(int error) { return std::generic_category().message(error); }

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

tl::expected<FileLook, std::string> look_of(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return tl::unexpected(std::string("not a regular file"));
  if (status.st_size > kLargestRecipientFile) return tl::unexpected(std::string("larger than 1 GiB"));
  return FileLook{status.st_dev, status.st_ino, status.st_size,
                  std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

tl::expected<FileLook, std::string> look_at(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return tl::unexpected(why(errno));
  return look_of(status);
}

}  // namespace

tl::expected<FileLook, std::string> look_at(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return tl::unexpected(why(errno));
  return look_of(status);
}

tl::expected<ReadFile, std::string> read_recipient_file(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) return tl::unexpected(why(errno));
  const auto before = look_at(file.number);
  if (!before) return tl::unexpected(before.error());
  AddressListReader reader(static_cast<std::size_t>(before->size));
  std::string piece(kPiece, 0);
  for (std::int64_t total = 0;;) {
    const auto count = ::read(file.number, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected("cannot be read to its end: " + why(errno));
    if (count == 0) break;
    if ((total += count) > kLargestRecipientFile) return tl::unexpected(std::string("larger than 1 GiB"));
    reader.take(std::string_view(piece).substr(0, static_cast<std::size_t>(count)));
  }
  const auto after = look_at(file.number);
  return ReadFile{std::move(reader).finish(), *before, !after || *after != *before};
}

std::string why_not_whole(const AddressList& list) {
  if (list.claim_line() > 0 && !list.claim_holds()) {
    if (!list.claimed())
      return fmt::format("line {} is not the last, or no \"# fivefifty: NUMBER addresses\"",
                         list.claim_line());
    return fmt::format("its last line says {} addresses, and there are {}", *list.claimed(), list.lines());
  }
  if (list.size() == 0 && !list.says_none() && list.illegible_lines() == 0)
    return "holds no address; if there is none, write the line: none";
  if (list.size() == 0 && !list.says_none()) return "holds no address that can be read";
  return "";
}

std::vector<LineProblem> line_problems(const AddressList& list) {
  std::vector<LineProblem> out;
  if (list.illegible_lines() > 0)
    out.push_back({list.first_illegible_line(),
                   fmt::format("neither an address nor @domain; {} such lines", list.illegible_lines()),
                   true});
  if (list.odd_lines() > 0)
    out.push_back({list.first_odd_line(),
                   fmt::format("expected known, unknown, full, disabled or maintenance after the address, or "
                               "nothing; {} such lines, whose mailboxes count as known",
                               list.odd_lines()),
                   false});
  if (list.is_unterminated()) out.push_back({0, "the last line has no end: the file may be torn", true});
  return out;
}

}  // namespace milter
