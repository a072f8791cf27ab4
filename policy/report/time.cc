#include "policy/report/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>

namespace policy {
namespace {

// "2026-11-24T12:00:00.123Z": month, day and hour are its beginnings.
constexpr std::size_t kMonth = 7, kDay = 10, kHour = 13;

struct Unit {
  std::string_view name;
  std::size_t length;  // of a column's text
};

// Whether it begins as a shape does, in which 0 is any digit.
bool has_shape(std::string_view ts, std::string_view shape) {
  return ts.size() >= shape.size() && std::equal(shape.begin(), shape.end(), ts.begin(), [](char s, char c) {
           return s == '0' ? c >= '0' && c <= '9' : c == s;
         });
}

bool has_hour(std::string_view ts) { return has_shape(ts, "0000-00-00T00"); }

int number(std::string_view digits) {
  int out = 0;
  for (const char c : digits) out = out * 10 + (c - '0');
  return out;
}

using Hour = std::chrono::sys_time<std::chrono::hours>;

// A day that no calendar has ("2026-02-31") is some day near it: it only takes a column.
Hour parse(std::string_view hour) {
  using namespace std::chrono;
  const year_month_day day{year(number(hour.substr(0, 4))),
                           month(static_cast<unsigned>(std::clamp(number(hour.substr(5, 2)), 1, 12))),
                           std::chrono::day(static_cast<unsigned>(number(hour.substr(8, 2))))};
  return sys_days(day) + hours(number(hour.substr(11, 2)));
}

std::string text(Hour hour) {
  using namespace std::chrono;
  const auto midnight = floor<days>(hour);
  const year_month_day day(midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                     (hour - midnight).count());
}

// Every column from the first to the last; none when they are more than `most`.
std::vector<std::string> names(Hour first, Hour last, Unit unit, std::size_t most) {
  std::vector<std::string> out;
  const auto step = std::chrono::hours(unit.length == kHour ? 1 : 24);  // no month is shorter than a day
  for (auto hour = first; hour <= last + std::chrono::hours(24); hour += step) {
    auto name = text(std::min(hour, last)).substr(0, unit.length);
    if (!out.empty() && out.back() == name) continue;
    if (out.size() == most) return {};
    out.push_back(std::move(name));
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> seconds_of(std::string_view ts) {
  if (!has_shape(ts, "0000-00-00T00:00:00")) return std::nullopt;
  const std::chrono::sys_seconds hour = parse(ts.substr(0, kHour));
  return hour.time_since_epoch().count() + number(ts.substr(14, 2)) * 60 + number(ts.substr(17, 2));
}

void ReportTimes::add(const Record& record) {
  if (record.event == Event::mta_reject) return;
  const auto hour = record.ts.substr(0, kHour);
  if (!has_hour(record.ts) || (hours_.size() >= kMostReportHours && hours_.find(hour) == hours_.end())) {
    ++left_out_;
    return;
  }
  // What a monitored rule would have refused was accepted. Messages are, not recipients: each has an end.
  const bool refused = record.event == Event::reject || record.event == Event::defer;
  if (!refused && record.stage != Stage::message) return;
  auto& reasons = hours_[hour];
  const auto reason = refused ? record.reason : std::string();
  if (reasons.size() < kMostReportNames || reasons.find(reason) != reasons.end()) ++reasons[reason];
}

ReportTimes::Columns ReportTimes::columns(std::size_t most) const {
  Columns out;
  if (hours_.empty()) return out;
  std::map<std::string, CountsByReason> sums;
  for (const auto unit : {Unit{"hour", kHour}, Unit{"day", kDay}, Unit{"month", kMonth}}) {
    out.unit = unit.name;
    sums.clear();
    for (auto& name : names(parse(hours_.begin()->first), parse(hours_.rbegin()->first), unit, most))
      sums[std::move(name)];
    if (!sums.empty() || unit.length == kMonth) break;
  }
  const auto length = out.unit == "hour" ? kHour : out.unit == "day" ? kDay : kMonth;
  for (const auto& [hour, reasons] : hours_)
    for (const auto& [reason, count] : reasons) sums[hour.substr(0, length)][reason] += count;
  out.all.assign(sums.begin(), sums.end());
  return out;
}

}  // namespace policy
