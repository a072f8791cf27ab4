#include "milter/log/sink.h"

#include <fmt/format.h>

#include <algorithm>

#include "milter/log/say.h"

namespace milter {
namespace {

constexpr std::size_t kLongestValue =
    120;  // of one value in a syslog line, which receivers cut at 1024 (RFC 3164)

std::string clean(std::string_view value) {
  std::string out(value.substr(0, kLongestValue));
  for (auto& c : out)
    if (c < '!' || c > '~') c = '?';
  return out;
}

// For all sinks together.
std::chrono::milliseconds left_until(std::chrono::steady_clock::time_point end) {
  const auto left = end - std::chrono::steady_clock::now();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0));
}

bool is_accept(const policy::Record& record) { return record.event == policy::Event::accept; }

}  // namespace

void LogSinks::write(const policy::Record& record) {
  if (accepted_ == policy::Detail::none && is_accept(record)) return;
  for (const auto& sink : sinks_)
    if (!survives("the log", [&] { sink->write(record); })) ++lost_;
}

void LogSinks::reopen() {
  for (const auto& sink : sinks_) sink->reopen();
}

bool LogSinks::drain(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  bool all = true;
  for (const auto& sink : sinks_) all &= sink->drain(left_until(end));
  return all;
}

void LogSinks::close(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (const auto& sink : sinks_) sink->close(left_until(end));
}

std::uint64_t LogSinks::lost() const {
  std::uint64_t sum = lost_;
  for (const auto& sink : sinks_) sum += sink->lost();
  return sum;
}

std::string syslog_line(const policy::Record& record) {
  auto line = fmt::format("{} ref={}", policy::to_text(record.event), record.ref);
  if (!record.reason.empty()) line += fmt::format(" reason={}", record.reason);
  if (record.code) line += fmt::format(" code={} {}", *record.code, record.enhanced);
  if (!record.rule.empty()) line += fmt::format(" rule={}", clean(record.rule));
  line += fmt::format(" ip={}", record.client_ip.empty() ? "-" : record.client_ip);
  if (record.mail_from) line += fmt::format(" from=<{}>", clean(*record.mail_from));
  if (!record.rcpt.empty()) line += fmt::format(" to=<{}>", clean(record.rcpt.front()));
  if (record.rcpt.size() > 1) line += fmt::format(" and {} more", record.rcpt.size() - 1);
  if (!record.queue_id.empty()) line += fmt::format(" queue_id={}", clean(record.queue_id));
  return line;
}

}  // namespace milter
