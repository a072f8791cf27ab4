#include "milter/log/system_sink.h"

#include <fmt/format.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace milter {
namespace {

// Records that may wait for a slow journal: some seconds of a busy server, a few MiB.
constexpr std::size_t kMostQueued = 4096;

int priority_of(const policy::Record& record) {
  return record.event == policy::Event::accept ? LOG_INFO : LOG_NOTICE;
}

class JournalSink : public LogSink {
 public:
  void write(const policy::Record& record) override {
    const std::vector<std::string> fields{
        "MESSAGE=" + syslog_line(record),
        fmt::format("PRIORITY={}", priority_of(record)),
        "SYSLOG_IDENTIFIER=fivefifty",
        fmt::format("FIVEFIFTY_EVENT={}", policy::to_text(record.event)),
        "FIVEFIFTY_REF=" + record.ref,
        "FIVEFIFTY_REASON=" + record.reason,
        "FIVEFIFTY_RULE=" + record.rule,
        fmt::format("FIVEFIFTY_CODE={}", record.code.value_or(0)),
        "FIVEFIFTY_CLIENT_IP=" + record.client_ip,
        "FIVEFIFTY_SESSION=" + record.session,
        "FIVEFIFTY_RECORD=" + policy::to_json(record),
    };
    std::vector<iovec> pieces;
    pieces.reserve(std::size(fields));
    for (const auto& field : fields) pieces.push_back({const_cast<char*>(field.data()), field.size()});
    if (sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size())) < 0) ++lost_;
  }
  std::uint64_t lost() const override { return lost_; }

 private:
  std::atomic<std::uint64_t> lost_{0};
};

class SyslogSink : public LogSink {
 public:
  SyslogSink() { openlog("fivefifty", LOG_PID | LOG_NDELAY, LOG_MAIL); }
  void write(const policy::Record& record) override {
    syslog(LOG_MAIL | priority_of(record), "%s", syslog_line(record).c_str());
  }
};

class QueuedSink : public LogSink {
 public:
  explicit QueuedSink(std::unique_ptr<LogSink> behind)
      : behind_(std::move(behind)), writer_([this] { run(); }) {}
  ~QueuedSink() override {
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
    }
    news_.notify_one();
    writer_.join();
  }
  QueuedSink(const QueuedSink&) = delete;
  QueuedSink& operator=(const QueuedSink&) = delete;

  void write(const policy::Record& record) override {
    {
      const std::scoped_lock lock(mutex_);
      if (queue_.size() >= kMostQueued) {
        ++dropped_;
        return;
      }
      queue_.push_back(record);
    }
    news_.notify_one();
  }
  void reopen() override { behind_->reopen(); }
  std::uint64_t lost() const override { return dropped_ + behind_->lost(); }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      news_.wait(lock, [this] { return ended_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const auto record = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      behind_->write(record);
      lock.lock();
    }
  }

  std::unique_ptr<LogSink> behind_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<policy::Record> queue_;
  bool ended_ = false;
  std::atomic<std::uint64_t> dropped_{0};
  std::thread writer_;  // last: it runs as soon as it exists
};

}  // namespace

std::unique_ptr<LogSink> journal_sink() { return std::make_unique<JournalSink>(); }

std::unique_ptr<LogSink> syslog_sink() { return std::make_unique<SyslogSink>(); }

std::unique_ptr<LogSink> queued_sink(std::unique_ptr<LogSink> behind) {
  return std::make_unique<QueuedSink>(std::move(behind));
}

}  // namespace milter
