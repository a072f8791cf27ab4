#include "milter/log/system_sink.h"

#include <fmt/format.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "milter/log/line_sink.h"
#include "milter/log/losses.h"
#include "milter/log/outbox.h"
#include "milter/log/say.h"

namespace milter {
namespace {

int priority_of(const policy::Record& record) {
  return record.event == policy::Event::accept ? LOG_INFO : LOG_NOTICE;
}

// A sink whose parcels go out one by one.
class SystemSink : public LogSink {
 public:
  using Send = int (*)(const Parcel& parcel);  // 0, or an errno
  SystemSink(std::string where, Send send)
      : losses_(std::make_shared<Losses>(std::move(where))),
        outbox_(kMostQueuedOctets, [send, losses = losses_](const std::vector<Parcel>& batch, bool more) {
          int error = 0;
          for (const auto& parcel : batch) {
            error = send(parcel);
            if (error != 0) losses->lost(1, std::strerror(error));
          }
          if (!more && error == 0) losses->wrote();
        }) {}

  bool drain(std::chrono::milliseconds patience) override { return outbox_.drain(patience); }
  void close(std::chrono::milliseconds patience) override {
    if (const auto left = outbox_.close(patience); left > 0)
      losses_->lost(left, "whoever takes it is too slow");
  }
  std::uint64_t lost() const override { return losses_->count(); }

 protected:
  void put(Parcel parcel) {
    if (!outbox_.put(std::move(parcel))) losses_->lost(1, "whoever takes it is too slow");
  }

 private:
  const std::shared_ptr<Losses> losses_;
  Outbox outbox_;
};

constexpr const char* kJournal = "/run/systemd/journal/socket";

// libsystemd calls it a success where no journal listens. Then the record is lost, which is to be counted.
int to_journal(const Parcel& parcel) {
  if (access(kJournal, W_OK) != 0) return errno;
  std::vector<iovec> pieces;
  pieces.reserve(std::size(parcel.fields));
  for (const auto& field : parcel.fields) pieces.push_back({const_cast<char*>(field.data()), field.size()});
  return -sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size()));
}

int to_syslog(const Parcel& parcel) {
  syslog(LOG_MAIL | parcel.priority, "%s", parcel.text.c_str());
  return 0;
}

class JournalSink : public SystemSink {
 public:
  JournalSink() : SystemSink("in the journal", to_journal) {}
  void write(const policy::Record& record) override {
    put({.fields = {
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
         }});
  }
};

class SyslogSink : public SystemSink {
 public:
  SyslogSink() : SystemSink("in syslog", to_syslog) {
    openlog("fivefifty", LOG_PID | LOG_NDELAY, LOG_MAIL);
    if (access("/dev/log", W_OK) != 0)
      say(fmt::format("nobody listens on /dev/log ({}): what goes to syslog is lost", std::strerror(errno)));
  }
  void write(const policy::Record& record) override {
    put({.text = syslog_line(record), .priority = priority_of(record)});
  }
};

}  // namespace

std::unique_ptr<LogSink> journal_sink() { return std::make_unique<JournalSink>(); }

std::unique_ptr<LogSink> syslog_sink() { return std::make_unique<SyslogSink>(); }

}  // namespace milter
