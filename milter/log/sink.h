// Where decisions are written: JSON Lines to a file or stdout, fields to the journal, one line to syslog.
//
// Writing never changes a verdict and never holds up mail: what cannot be written is counted and said, and
// mail goes on. Every sink may be used from any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/record/record.h"
#include "policy/record/write.h"

namespace milter {

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(const policy::Record& record) = 0;
  virtual void reopen() {}                          // after the file was moved away (SIGHUP)
  virtual std::uint64_t lost() const { return 0; }  // records that could not be written
};

// Writes to all of several sinks. An accept's record is written as `accepted` says; none leaves it out.
class LogSinks : public LogSink {
 public:
  explicit LogSinks(policy::Detail accepted) : accepted_(accepted) {}
  void add(std::unique_ptr<LogSink> sink) { sinks_.push_back(std::move(sink)); }
  void write(const policy::Record& record) override;
  void reopen() override;
  std::uint64_t lost() const override;

 private:
  policy::Detail accepted_;
  std::vector<std::unique_ptr<LogSink>> sinks_;
};

// "fivefifty: reject ref=7K2M9QXA reason=spf-fail code=550 5.7.23 ip=192.0.2.1 from=<a@example.org>
// to=<b@example.net>" without the program's name. Printable ASCII, values cut.
std::string syslog_line(const policy::Record& record);

}  // namespace milter
