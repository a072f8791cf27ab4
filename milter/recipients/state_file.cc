#include "milter/recipients/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace milter {
namespace {

constexpr std::string_view kMagic = "fivefifty recipients 1\n";
constexpr std::uint64_t kMost =
    100'000'000;  // addresses: no file of recipients holds more, a broken state may say so

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::string why() { return std::strerror(errno); }

// Numbers in a row, with a sum of them all at the end. Host byte order: the file never leaves the host.
class Numbers {
 public:
  explicit Numbers(std::FILE* file) : file_(file) {}
  void put(std::uint64_t number) {
    sum(number);
    good_ = good_ && std::fwrite(&number, sizeof number, 1, file_) == 1;
  }
  std::uint64_t get() {
    std::uint64_t number = 0;
    good_ = good_ && std::fread(&number, sizeof number, 1, file_) == 1;
    sum(number);
    return number;
  }
  bool good() const { return good_; }
  std::uint64_t sum() const { return sum_; }

 private:
  void sum(std::uint64_t number) { sum_ = (sum_ ^ number) * 0x100000001B3; }
  std::FILE* file_;
  std::uint64_t sum_ = 0xCBF29CE484222325;
  bool good_ = true;
};

bool write_all(std::FILE* file, const AddressList& listed, const Vanished& vanished) {
  if (std::fwrite(kMagic.data(), kMagic.size(), 1, file) != 1) return false;
  Numbers numbers(file);
  numbers.put(listed.size());
  listed.each_hash([&](std::uint64_t hash) { numbers.put(hash); });
  numbers.put(vanished.size());
  for (const auto& entry : vanished.entries()) {
    numbers.put(entry.hash);
    numbers.put(static_cast<std::uint64_t>(entry.since));
  }
  numbers.put(numbers.sum());
  return numbers.good() && std::fflush(file) == 0 && fsync(fileno(file)) == 0;
}

std::optional<RememberedRecipients> read_all(std::FILE* file) {
  std::array<char, kMagic.size()> magic{};
  if (std::fread(magic.data(), magic.size(), 1, file) != 1 ||
      std::string_view(magic.data(), magic.size()) != kMagic)
    return std::nullopt;
  Numbers numbers(file);
  RememberedRecipients out;
  for (auto count = numbers.get(); count > 0 && count <= kMost && numbers.good(); --count)
    out.listed.push_back(numbers.get());
  for (auto count = numbers.get(); count > 0 && count <= kMost && numbers.good(); --count) {
    const auto hash = numbers.get();
    out.vanished.push_back({hash, static_cast<std::int64_t>(numbers.get())});
  }
  const auto sum = numbers.sum();
  if (numbers.get() != sum || !numbers.good()) return std::nullopt;
  return out;
}

}  // namespace

StateFile::StateFile(const std::string& folder, const std::string& of) {
  if (folder.empty()) return;
  std::error_code error;
  const auto whole = std::filesystem::absolute(of, error).lexically_normal().string();
  path_ = (std::filesystem::path(folder) / fmt::format("recipients-{:016x}", address_hash(whole))).string();
  note_ = path_ + ".accept";
}

std::optional<RememberedRecipients> StateFile::read(std::string& problem) const {
  problem.clear();
  if (!is_kept()) return std::nullopt;
  const File file(std::fopen(path_.c_str(), "rbe"));
  if (!file) {
    if (errno != ENOENT) problem = path_ + ": " + why();
    return std::nullopt;
  }
  auto out = read_all(file.get());
  if (!out) problem = path_ + ": is not whole; what vanished before is forgotten";
  return out;
}

std::string StateFile::write(const AddressList& listed, const Vanished& vanished) const {
  if (!is_kept()) return "";
  const auto made = path_ + ".new";
  const int descriptor = ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  File file(descriptor < 0 ? nullptr : fdopen(descriptor, "wb"));
  if (!file) return made + ": " + why();
  if (!write_all(file.get(), listed, vanished)) return made + ": " + why();
  file.reset();
  return std::rename(made.c_str(), path_.c_str()) == 0 ? "" : path_ + ": " + why();
}

std::string StateFile::accept(std::uint64_t digest) const {
  const auto made = note_ + ".new";
  {
    const File file(std::fopen(made.c_str(), "we"));
    if (!file) return made + ": " + why();
    if (std::fputs(fmt::format("{:016x}\n", digest).c_str(), file.get()) < 0 || std::fflush(file.get()) != 0)
      return made + ": " + why();
    fchmod(fileno(file.get()), 0644);  // root writes it, the filter's user reads it
  }
  return std::rename(made.c_str(), note_.c_str()) == 0 ? "" : note_ + ": " + why();
}

std::optional<std::uint64_t> StateFile::accepted() const {
  if (!is_kept()) return std::nullopt;
  const File file(std::fopen(note_.c_str(), "re"));
  std::array<char, 32> text{};
  if (!file || !std::fgets(text.data(), text.size(), file.get())) return std::nullopt;
  std::uint64_t digest = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + std::strlen(text.data()), digest, 16);
  if (error != std::errc{} || *end != '\n') return std::nullopt;
  return digest;
}

void StateFile::forget_accepted() const {
  if (is_kept()) ::unlink(note_.c_str());
}

}  // namespace milter
