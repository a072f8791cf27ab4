// How many mails were refused when, and for what. Pure; one thread at a time.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/record/record.h"

namespace policy {

inline constexpr std::size_t kMostReportHours = 24 * 400;  // more than a year: what is later is only counted
inline constexpr std::size_t kMostReportNames = 1'000;     // reasons, rules, facts: words of our own
// Seconds since 1970 of a record's ts, "2026-11-24T12:00:01.204Z"; no value: it is no time of that form.
std::optional<std::int64_t> seconds_of(std::string_view ts);

using CountsByReason = std::map<std::string, std::uint64_t>;  // "" is accepted

class ReportTimes {
 public:
  void add(const Record& record);
  std::uint64_t left_out() const { return left_out_; }  // records without a time, or without room

  // Hours ("2026-11-24T12"), days or months, the finest of which there are at most `most` from the first
  // record to the last; those without records too. Months may be more: then they are only those with records.
  struct Columns {
    std::string unit;  // "hour", "day", "month"
    std::vector<std::pair<std::string, CountsByReason>> all;
  };
  Columns columns(std::size_t most) const;

 private:
  std::map<std::string, CountsByReason> hours_;
  std::uint64_t left_out_ = 0;
};

}  // namespace policy
