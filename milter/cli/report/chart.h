// Bars over time, as SVG inside of a page, with the same numbers as a table.
#pragma once
#include <string>
#include <vector>

#include "milter/cli/html/html.h"
#include "policy/report/time.h"

namespace milter {

// As wide as a bar that is still seen; what does not fit into so many hours is shown by day, then by month.
inline constexpr std::size_t kMostColumns = 96;
// As many as there are colours to tell apart; further series are added up as the last one.
inline constexpr std::size_t kMostSeries = 8;

// One bar a column, stacked: counts[series] by column.
struct BarChart {
  std::string title;
  std::string unit;                  // "hour": what a column is
  std::vector<std::string> columns;  // their names, "2026-11-24T12"
  struct Series {
    std::string name;
    std::vector<std::uint64_t> counts;  // as many as columns
  };
  std::vector<Series> series;  // at most kMostSeries
  int first_colour = 0;
};
Html draw(const BarChart& chart);

// What was refused when, for which reasons (the most frequent first), and what was accepted.
// Empty: no records.
std::vector<BarChart> charts_over_time(const policy::ReportTimes& times);

}  // namespace milter
