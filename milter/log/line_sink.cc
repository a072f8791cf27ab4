#include "milter/log/line_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "milter/log/losses.h"
#include "milter/log/outbox.h"
#include "milter/log/say.h"
#include "milter/log/write.h"

namespace milter {
namespace {

// How long a decision waits for its line to be written, so that whoever calls about a reference finds it in the log.
// Once it was in vain nobody waits until the queue has been emptied.
constexpr std::chrono::milliseconds kPromptly{50};

// Where lines go. Owned by the outbox's thread, which alone calls deliver().
class Device {
 public:
  explicit Device(std::string path) : path_(std::move(path)), losses_(path_) {}
  explicit Device(int descriptor) : losses_("on stdout"), file_(descriptor) {}
  ~Device() { close(); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  Losses& losses() { return losses_; }
  bool is_prompt() const { return prompt_; }
  void was_slow() { prompt_ = false; }

  void deliver(const std::vector<Parcel>& batch, bool more) {
    std::string lines;
    for (const auto& parcel : batch) {
      if (parcel.reopen) {
        write(lines, true);
        lines.clear();
        reopen();
      }
      lines += parcel.text;
    }
    write(lines, more);
    if (!more) prompt_ = true;
  }

 private:
  void close() {
    if (!path_.empty() && file_ >= 0) ::close(file_);
    if (!path_.empty()) file_ = -1;
  }
  void reopen() {
    if (path_.empty()) return;
    close();
    if (const int error = open(); error != 0) losses_.lost(0, std::strerror(error));
  }
  // O_NONBLOCK: opening a pipe waits for its reader otherwise. Writing may wait.
  int open() {
    file_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
    return file_ < 0 ? errno : 0;
  }
  // `lines`: none is no news. `more`: the spell of losing is not over while others wait.
  void write(std::string& lines, bool more) {
    if (lines.empty()) return;
    const auto count = static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    if (file_ < 0)
      if (const int error = open(); error != 0) return losses_.lost(count, std::strerror(error));
    // A full disk may take half a line: the next one then begins on a new one.
    if (torn_) lines.insert(0, 1, '\n');
    const auto [octets, error] = write_whole(file_, lines);
    if (octets > 0) torn_ = lines[octets - 1] != '\n';
    const auto lost = std::count(lines.begin() + static_cast<std::ptrdiff_t>(octets), lines.end(), '\n');
    if (error != 0) losses_.lost(std::min(count, static_cast<std::uint64_t>(lost)), std::strerror(error));
    if (error == 0 && !more) losses_.wrote();
  }

  const std::string path_;  // "": a descriptor that is not ours to close
  Losses losses_;
  int file_ = -1;
  bool torn_ = false;
  std::atomic<bool> prompt_{true};
};

class LineSink : public LogSink {
 public:
  LineSink(std::shared_ptr<Device> device, policy::Detail accepted)
      : device_(std::move(device)),
        accepted_(accepted),
        outbox_(kMostQueuedOctets, [kept = device_](const std::vector<Parcel>& batch, bool more) {
          if (!survives("the log", [&] { kept->deliver(batch, more); }))
            kept->losses().lost(batch.size(), "an error of our own");
        }) {
    reopen();  // what cannot be opened is said at the start, not at the first mail
  }

  void write(const policy::Record& record) override {
    const auto ticket = outbox_.put({.text = policy::to_json(record, accepted_) + '\n'});
    if (ticket == 0) return device_->losses().lost(1, "whoever takes it is too slow");
    if (device_->is_prompt() && !outbox_.wait_for(ticket, kPromptly)) device_->was_slow();
  }
  void reopen() override { outbox_.put({.reopen = true}); }
  bool drain(std::chrono::milliseconds patience) override { return outbox_.drain(patience); }
  void close(std::chrono::milliseconds patience) override {
    if (const auto left = outbox_.close(patience); left > 0)
      device_->losses().lost(left, "whoever takes it is too slow");
  }
  std::uint64_t lost() const override { return device_->losses().count(); }

 private:
  const std::shared_ptr<Device> device_;
  const policy::Detail accepted_;
  Outbox outbox_;
};

}  // namespace

std::unique_ptr<LogSink> file_sink(std::string path, policy::Detail accepted) {
  return std::make_unique<LineSink>(std::make_shared<Device>(std::move(path)), accepted);
}

std::unique_ptr<LogSink> stream_sink(int descriptor, policy::Detail accepted) {
  return std::make_unique<LineSink>(std::make_shared<Device>(descriptor), accepted);
}

}  // namespace milter
