#include "milter/cli/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace milter {
namespace {

// In units of the drawing, which is scaled to the page.
constexpr double kWidth = 960, kHeight = 260, kLeft = 56, kTop = 10, kBottom = 24;
constexpr double kPlotWidth = kWidth - kLeft - 4, kPlotHeight = kHeight - kTop - kBottom;
constexpr std::size_t kTicks = 4;   // lines across
constexpr std::size_t kLabels = 8;  // names under the columns
constexpr double kHalfLabel = 45;   // "24 Nov 12:00", in the size that report.css gives it

// At least `most`, and quarters of it are round numbers: 4, 8 … 40, then 60, 80 … 400, 600 …
std::uint64_t round_up(std::uint64_t most) {
  const auto quarter = (most + kTicks - 1) / kTicks;
  std::uint64_t power = 1;
  while (power * 10 <= quarter) power *= 10;
  const auto step = power == 1 ? 1 : power / 2;
  return (quarter + step - 1) / step * step * kTicks;
}

// With which a text begins.
std::size_t two_digits(std::string_view text) {
  const auto digit = [&](std::size_t at) { return static_cast<std::size_t>(text[at] - '0'); };
  return digit(0) * 10 + digit(1);
}

// "2026-11-24T12" -> "24 Nov 12:00", as short as a label can be.
std::string label(std::string_view column) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto month = two_digits(column.substr(5));
  const auto name = month >= 1 && month <= 12 ? kMonths.substr((month - 1) * 3, 3) : column.substr(5, 2);
  if (column.size() <= 7) return fmt::format("{} {}", name, column.substr(0, 4));
  const auto day = column.substr(column[8] == '0' ? 9 : 8, column[8] == '0' ? 1 : 2);
  if (column.size() <= 10) return fmt::format("{} {}", day, name);
  return fmt::format("{} {} {}:00", day, name, column.substr(11, 2));
}

std::uint64_t sum_at(const BarChart& chart, std::size_t column) {
  std::uint64_t out = 0;
  for (const auto& series : chart.series) out += series.counts[column];
  return out;
}

std::uint64_t sum_of(const BarChart::Series& series) {
  return std::accumulate(series.counts.begin(), series.counts.end(), std::uint64_t{0});
}

std::size_t highest(const BarChart& chart) {
  std::size_t out = 0;
  for (std::size_t i = 1; i < chart.columns.size(); ++i)
    if (sum_at(chart, i) > sum_at(chart, out)) out = i;
  return out;
}

Html scale(std::uint64_t most) {
  Html out;
  for (std::size_t i = 0; i <= kTicks; ++i) {
    const double y = kTop + kPlotHeight * static_cast<double>(kTicks - i) / kTicks;
    out.code += fmt::format(
        "<line x1=\"{:.0f}\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        kLeft, kWidth - 4, y, y, kLeft - 6, y + 4, number(most * i / kTicks).code);
  }
  return out;
}

// Every how many columns a label stands; hours are named at round ones.
std::size_t label_step(const BarChart& chart) {
  const auto least = (chart.columns.size() + kLabels - 1) / kLabels;
  if (chart.unit != "hour") return least;
  constexpr std::array<std::size_t, 6> kRound{1, 2, 3, 6, 12, 24};
  const auto* found = std::find_if(kRound.begin(), kRound.end(), [&](auto step) { return step >= least; });
  return found == kRound.end() ? kRound.back() : *found;
}

// The first column that has a label: "2026-11-24T05" waits for a round hour.
std::size_t first_label(const BarChart& chart, std::size_t step) {
  if (chart.unit != "hour") return 0;
  const auto& name = chart.columns.front();
  const auto hour = two_digits(std::string_view(name).substr(11));
  return (step - hour % step) % step;
}

Html labels(const BarChart& chart) {
  Html out;
  const double width = kPlotWidth / static_cast<double>(chart.columns.size());
  const auto step = label_step(chart);
  for (auto i = first_label(chart, step); i < chart.columns.size(); i += step) {
    const double x = kLeft + width * (static_cast<double>(i) + 0.5);
    if (x > kWidth - kHalfLabel) break;  // it would be cut
    out.code += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>\n", x,
                            kHeight - 6, escape(label(chart.columns[i])).code);
  }
  return out;
}

Html bars(const BarChart& chart, std::uint64_t most) {
  Html out;
  const double step = kPlotWidth / static_cast<double>(chart.columns.size());
  const double width = std::min(step * 0.82, 60.0);
  for (std::size_t i = 0; i < chart.columns.size(); ++i) {
    double y = kTop + kPlotHeight;
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const auto count = chart.series[s].counts[i];
      if (count == 0) continue;
      const double height = kPlotHeight * static_cast<double>(count) / static_cast<double>(most);
      y -= height;
      out.code += fmt::format(
          "<rect class=\"s{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{}, {}: "
          "{}</title></rect>\n",
          (static_cast<std::size_t>(chart.first_colour) + s) % kMostSeries,
          kLeft + step * static_cast<double>(i) + (step - width) / 2, y, width, height,
          escape(label(chart.columns[i])).code, escape(chart.series[s].name).code, number(count).code);
    }
  }
  return out;
}

Html description(const BarChart& chart) {
  const auto peak = highest(chart);
  return {fmt::format(
      "One bar for each {}, from {} to {}. The highest, {}, has {}. The table below has all numbers.",
      chart.unit, escape(label(chart.columns.front())).code, escape(label(chart.columns.back())).code,
      escape(label(chart.columns[peak])).code, number(sum_at(chart, peak)).code)};
}

Html legend(const BarChart& chart) {
  Html out{"<ul class=\"legend\">"};
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    out.code += fmt::format("<li><i class=\"s{}\"></i>{} ({})</li>",
                            (static_cast<std::size_t>(chart.first_colour) + s) % kMostSeries,
                            escape(chart.series[s].name).code, number(sum_of(chart.series[s])).code);
  out.code += "</ul>\n";
  return out;
}

Html table(const BarChart& chart) {
  std::vector<HtmlColumn> columns{{chart.unit + " (UTC)"}};
  for (const auto& series : chart.series) columns.push_back({series.name, HtmlColumn::Form::number});
  HtmlTable out(chart.title, std::move(columns));
  for (std::size_t i = 0; i < chart.columns.size(); ++i) {
    if (sum_at(chart, i) == 0) continue;
    std::vector<Html> cells{escape(label(chart.columns[i]))};
    for (const auto& series : chart.series) cells.push_back(number(series.counts[i]));
    out.row(cells);
  }
  return {"<details><summary>" + escape(chart.title).code + ": the numbers</summary>\n" + out.html().code +
          "</details>\n"};
}

// The reasons of refusals, the most frequent first.
std::vector<std::string> reasons_of(const policy::ReportTimes::Columns& columns) {
  policy::CountsByReason sums;
  for (const auto& [name, reasons] : columns.all)
    for (const auto& [reason, count] : reasons)
      if (!reason.empty()) sums[reason] += count;
  std::vector<std::string> out;
  for (const auto& [reason, count] : sums) out.push_back(reason);
  std::stable_sort(out.begin(), out.end(),
                   [&](const std::string& a, const std::string& b) { return sums[a] > sums[b]; });
  return out;
}

BarChart::Series series_of(const policy::ReportTimes::Columns& columns, const std::string& name,
                           const std::vector<std::string>& reasons) {
  BarChart::Series out{name, {}};
  for (const auto& [column, counts] : columns.all) {
    std::uint64_t sum = 0;
    for (const auto& reason : reasons)
      if (const auto found = counts.find(reason); found != counts.end()) sum += found->second;
    out.counts.push_back(sum);
  }
  return out;
}

bool has_any(const BarChart& chart) {
  return std::any_of(chart.series.begin(), chart.series.end(), [](const BarChart::Series& series) {
    return std::any_of(series.counts.begin(), series.counts.end(),
                       [](std::uint64_t count) { return count > 0; });
  });
}

}  // namespace

Html draw(const BarChart& chart) {
  const auto most = round_up(std::max<std::uint64_t>(sum_at(chart, highest(chart)), 1));
  return {fmt::format(
      "<figure>\n<figcaption>{title}</figcaption>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"{title}\"><svg "
      "class=\"chart\" "
      "viewBox=\"0 0 {width:.0f} {height:.0f}\" role=\"img\">\n<title>{title}</title><desc>{desc}</desc>\n"
      "{scale}{bars}{labels}</svg></div>\n{legend}{table}</figure>\n",
      fmt::arg("title", escape(chart.title).code), fmt::arg("width", kWidth), fmt::arg("height", kHeight),
      fmt::arg("desc", description(chart).code), fmt::arg("scale", scale(most).code),
      fmt::arg("bars", bars(chart, most).code), fmt::arg("labels", labels(chart).code),
      fmt::arg("legend", legend(chart).code), fmt::arg("table", table(chart).code))};
}

std::vector<BarChart> charts_over_time(const policy::ReportTimes& times) {
  const auto columns = times.columns(kMostColumns);
  if (columns.all.empty()) return {};
  const auto reasons = reasons_of(columns);
  BarChart refused{.title = "Refused, by " + columns.unit + " and reason", .unit = columns.unit};
  BarChart accepted{
      .title = "Accepted messages, by " + columns.unit, .unit = columns.unit, .first_colour = 2};
  for (const auto& [name, counts] : columns.all) {
    refused.columns.push_back(name);
    accepted.columns.push_back(name);
  }
  const auto own = std::min(reasons.size(), reasons.size() > kMostSeries ? kMostSeries - 1 : kMostSeries);
  for (std::size_t i = 0; i < own; ++i)
    refused.series.push_back(series_of(columns, reasons[i], {reasons[i]}));
  if (reasons.size() > own)
    refused.series.push_back(series_of(columns, "other reasons",
                                       {reasons.begin() + static_cast<std::ptrdiff_t>(own), reasons.end()}));
  accepted.series.push_back(series_of(columns, "accepted", {""}));
  std::vector<BarChart> out;
  for (auto* chart : {&refused, &accepted})
    if (has_any(*chart)) out.push_back(std::move(*chart));
  return out;
}

}  // namespace milter
