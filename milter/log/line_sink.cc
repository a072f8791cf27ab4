#include "milter/log/line_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "milter/log/say.h"

namespace milter {
namespace {

constexpr int kPatience = 20;  // milliseconds a slow reader of stdout may hold a decision up

// Counts what was lost, and says when a spell of losing begins and ends, not each record.
class Losses {
 public:
  void lost(std::string_view where, int error) {
    if (count_++ == said_)
      say(fmt::format("cannot write the log {}: {}; mail goes on, records are lost", where,
                      std::strerror(error)));
    losing_ = true;
  }
  void wrote(std::string_view where) {
    if (!losing_) return;
    losing_ = false;
    say(fmt::format("the log {} is written again; {} records were lost", where, count_ - said_));
    said_ = count_;
  }
  std::uint64_t count() const { return count_; }

 private:
  std::atomic<std::uint64_t> count_{0};
  std::uint64_t said_ = 0;
  bool losing_ = false;
};

std::string line_of(const policy::Record& record, policy::Detail accepted) {
  return policy::to_json(record, accepted) + '\n';
}

class FileSink : public LogSink {
 public:
  FileSink(std::string path, policy::Detail accepted) : path_(std::move(path)), accepted_(accepted) {
    open();
  }
  ~FileSink() override { close(); }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  void write(const policy::Record& record) override {
    auto line = line_of(record, accepted_);
    const std::scoped_lock lock(mutex_);
    if (file_ < 0) open();
    if (torn_) line.insert(0, 1, '\n');
    // One write a record: with O_APPEND lines of several processes do not mix.
    const auto written = file_ < 0 ? -1 : ::write(file_, line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size())) return give_up(written);
    torn_ = false;
    losses_.wrote(path_);
  }
  void reopen() override {
    const std::scoped_lock lock(mutex_);
    close();
    open();
  }
  std::uint64_t lost() const override { return losses_.count(); }

 private:
  void open() { file_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640); }
  void close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }
  // A full disk may take half a line: the next record then begins on a new one.
  void give_up(ssize_t written) {
    losses_.lost(path_, written < 0 ? errno : ENOSPC);
    torn_ |= written > 0;
  }

  std::string path_;
  policy::Detail accepted_;
  std::mutex mutex_;
  int file_ = -1;
  bool torn_ = false;
  Losses losses_;
};

class StreamSink : public LogSink {
 public:
  StreamSink(int descriptor, policy::Detail accepted) : descriptor_(descriptor), accepted_(accepted) {}

  void write(const policy::Record& record) override {
    const auto line = line_of(record, accepted_);
    const std::scoped_lock lock(mutex_);
    pollfd ready{descriptor_, POLLOUT, 0};
    const bool writable = ::poll(&ready, 1, kPatience) == 1;
    if (writable && ::write(descriptor_, line.data(), line.size()) == static_cast<ssize_t>(line.size()))
      losses_.wrote("on stdout");
    else
      losses_.lost("on stdout", writable ? errno : EAGAIN);
  }
  std::uint64_t lost() const override { return losses_.count(); }

 private:
  int descriptor_;
  policy::Detail accepted_;
  std::mutex mutex_;
  Losses losses_;
};

}  // namespace

std::unique_ptr<LogSink> file_sink(std::string path, policy::Detail accepted) {
  return std::make_unique<FileSink>(std::move(path), accepted);
}

std::unique_ptr<LogSink> stream_sink(int descriptor, policy::Detail accepted) {
  return std::make_unique<StreamSink>(descriptor, accepted);
}

}  // namespace milter
