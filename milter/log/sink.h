// Where decisions are written: JSON Lines to a file or stdout, fields to the journal, one line to syslog.
//
// Writing never changes a verdict and never holds up mail: what cannot be written is counted and said, and
// mail goes on. Every sink may be used from any thread.
#pragma once
#include <atomic>
#include <chrono>
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
  virtual void reopen() {}  // after the file was moved away (SIGHUP): what comes later goes to a new one
  // Waits until all is written that was given before, or for `patience`: false.
  virtual bool drain(std::chrono::milliseconds /*patience*/) { return true; }
  // Drains, and takes no more. What is not written by then is lost, and counted.
  virtual void close(std::chrono::milliseconds /*patience*/) {}
  virtual std::uint64_t lost() const { return 0; }  // records that could not be written
};

// Writes to all of several sinks. An accept's record is written as `accepted` says; none leaves it out. A record that
// is too much for one of them (out of memory) is lost there, and counted.
class LogSinks : public LogSink {
 public:
  explicit LogSinks(policy::Detail accepted) : accepted_(accepted) {}
  void add(std::unique_ptr<LogSink> sink) { sinks_.push_back(std::move(sink)); }
  void write(const policy::Record& record) override;
  void reopen() override;
  bool drain(std::chrono::milliseconds patience) override;
  void close(std::chrono::milliseconds patience) override;
  std::uint64_t lost() const override;

 private:
  policy::Detail accepted_;
  std::atomic<std::uint64_t> lost_{0};  // before a sink had it
  std::vector<std::unique_ptr<LogSink>> sinks_;
};

// "fivefifty: reject ref=7K2M9QXA reason=spf-fail code=550 5.7.23 ip=192.0.2.1 from=<a@example.org>
// to=<b@example.net>" without the program's name. Printable ASCII, values cut.
std::string syslog_line(const policy::Record& record);

}  // namespace milter
