#include "milter/cli/logs/log_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "policy/record/read.h"

namespace milter {
namespace {

using Size = tl::expected<std::size_t, std::string>;

constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";  // RFC 8878 3.1.1
constexpr unsigned kGzipBuffer = 256 * 1024;                 // zlib's own 8 KiB makes for many small reads

// A descriptor with its first octets looked at, so that the kind is known before a decoder takes it over.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

// Where the lines come from.
class Octets {
 public:
  virtual ~Octets() = default;
  virtual Size read(char* into, std::size_t most) = 0;  // 0: the end
  virtual std::uint64_t position() const = 0;           // in the file as it lies on disk
};

// zlib reads plain files as they are.
class PlainOrGzip : public Octets {
 public:
  explicit PlainOrGzip(Descriptor file) : file_(gzdopen(file.number(), "rb")) {
    if (!file_) throw std::bad_alloc();
    file.release();
    gzbuffer(file_, kGzipBuffer);
  }
  PlainOrGzip(const PlainOrGzip&) = delete;
  PlainOrGzip& operator=(const PlainOrGzip&) = delete;
  ~PlainOrGzip() override { gzclose_r(file_); }

  Size read(char* into, std::size_t most) override {
    const int count = gzread(file_, into, static_cast<unsigned>(most));
    int number = Z_OK;
    const char* said = gzerror(file_, &number);
    if (count < 0 || (count == 0 && number != Z_OK && number != Z_STREAM_END))
      return tl::unexpected(std::string(number == Z_ERRNO ? std::strerror(errno) : said));
    return static_cast<std::size_t>(count);
  }
  std::uint64_t position() const override {
    const auto at = gzoffset(file_);
    return at < 0 ? 0 : static_cast<std::uint64_t>(at);
  }

 private:
  gzFile file_;
};

struct FreeDecoder {
  void operator()(ZSTD_DStream* decoder) const { ZSTD_freeDStream(decoder); }
};

class Zstd : public Octets {
 public:
  explicit Zstd(Descriptor file)
      : file_(std::move(file)), decoder_(ZSTD_createDStream()), compressed_(ZSTD_DStreamInSize()) {
    if (!decoder_) throw std::bad_alloc();
  }

  Size read(char* into, std::size_t most) override {
    ZSTD_outBuffer out{into, most, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size) {
        auto more = refill();
        if (!more) return more;
        if (*more == 0 && in_frame_) return tl::unexpected(std::string("ends inside a zstd frame"));
        if (*more == 0) return 0;
      }
      const auto rest = ZSTD_decompressStream(decoder_.get(), &out, &in_);
      if (ZSTD_isError(rest)) return tl::unexpected(std::string(ZSTD_getErrorName(rest)));
      in_frame_ = rest != 0;
    }
    return out.pos;
  }
  std::uint64_t position() const override { return position_; }

 private:
  Size refill() {
    const auto count = ::read(file_.number(), compressed_.data(), compressed_.size());
    if (count < 0) return tl::unexpected(std::string(std::strerror(errno)));
    in_ = {compressed_.data(), static_cast<std::size_t>(count), 0};
    position_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }

  Descriptor file_;
  std::unique_ptr<ZSTD_DStream, FreeDecoder> decoder_;
  std::vector<char> compressed_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  std::uint64_t position_ = 0;
  bool in_frame_ = false;
};

bool is_zstd(int descriptor) {
  std::array<char, 4> first{};
  return pread(descriptor, first.data(), first.size(), 0) == static_cast<ssize_t>(first.size()) &&
         std::string_view(first.data(), first.size()) == kZstdMagic;
}

}  // namespace

struct LogReader::Impl {
  std::string path;
  std::unique_ptr<Octets> octets;
  std::string begun;            // a line whose end has not been read yet
  std::uint64_t next_line = 1;  // of the file
  bool ended = false;

  // Reads once, behind what `text` has; ended says when nothing came.
  Size read_behind(std::string& text) {
    const auto had = text.size();
    text.resize(had + kLogBlock);
    auto count = octets->read(text.data() + had, kLogBlock);
    text.resize(had + count.value_or(0));
    ended = !count || *count == 0;
    return count;
  }

  // Whole lines; what was read beyond them waits in `begun`. Of a line that is too long only the beginning
  // is kept, one octet more than any record has: so it stays too long.
  Size read_lines(std::string& text) {
    text = std::exchange(begun, {});
    while (!ended) {
      const auto had = text.size();
      auto count = read_behind(text);
      if (!count) return count;
      if (had > kLongestLogLine)
        text.erase(kLongestLogLine + 1, end_of_line(text, had) - kLongestLogLine - 1);
      const auto last = text.rfind('\n');
      if (last == std::string::npos) continue;
      begun.assign(text, last + 1);
      text.resize(last + 1);
      return text.size();
    }
    if (!text.empty()) text += '\n';
    return text.size();
  }

 private:
  static std::size_t end_of_line(const std::string& text, std::size_t from) {
    return std::min(text.find('\n', from), text.size());
  }
};

LogReader::LogReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogReader::~LogReader() = default;
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;

tl::expected<LogReader, std::string> LogReader::open(const std::string& path) {
  Descriptor file(path == "-" ? dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return tl::unexpected(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  if (is_zstd(file.number()))
    impl->octets = std::make_unique<Zstd>(std::move(file));
  else
    impl->octets = std::make_unique<PlainOrGzip>(std::move(file));
  return LogReader(std::move(impl));
}

namespace {

// By find, which looks at many octets at a time: lines are long.
std::uint64_t lines_in(std::string_view text) {
  std::uint64_t lines = 0;
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) ++lines;
  return lines;
}

}  // namespace

tl::expected<LogBlock, std::string> LogReader::next() {
  auto& impl = *impl_;
  LogBlock block;
  if (const auto read = impl.read_lines(block.text); !read)
    return tl::unexpected(fmt::format("cannot read {}: {}", impl.path, read.error()));
  block.first_line = impl.next_line;
  impl.next_line += lines_in(block.text);
  return block;
}

std::uint64_t LogReader::octets_read() const { return impl_->octets->position(); }
const std::string& LogReader::path() const { return impl_->path; }

std::string normal_reference(std::string_view written) {
  if (written.starts_with("ref=")) written.remove_prefix(4);
  std::string out;
  for (char letter : written) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    if (letter == 'O') letter = '0';  // Crockford's rule for what people mistake
    if (letter == 'I' || letter == 'L') letter = '1';
    out += letter;
  }
  return out;
}

namespace {

void find_in(const LogBlock& block, const std::string& reference, std::vector<policy::Record>& found) {
  const std::string_view text = block.text;
  for (std::size_t at = 0; found.size() < kMostFound;) {
    const void* hit = memmem(text.data() + at, text.size() - at, reference.data(), reference.size());
    if (!hit) return;
    const auto offset = static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
    const auto before = text.rfind('\n', offset);
    const auto begin = before == std::string_view::npos ? 0 : before + 1;
    const auto end = std::min(text.find('\n', offset), text.size());
    auto record = policy::record_from_json(text.substr(begin, std::min(end - begin, kLongestLogLine)));
    if (record && record->ref == reference) found.push_back(std::move(*record));
    at = end;
  }
}

}  // namespace

tl::expected<std::vector<policy::Record>, std::string> find_records(const std::vector<std::string>& logs,
                                                                    std::string_view reference) {
  std::vector<policy::Record> found;
  const auto wanted = normal_reference(reference);
  if (wanted.empty()) return found;
  for (const auto& log : logs) {
    auto reader = LogReader::open(log);
    if (!reader) return tl::unexpected(reader.error());
    while (true) {
      const auto block = reader->next();
      if (!block) return tl::unexpected(block.error());
      if (block->text.empty()) break;
      find_in(*block, wanted, found);
    }
  }
  return found;
}

}  // namespace milter
