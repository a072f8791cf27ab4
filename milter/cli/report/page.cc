#include "milter/cli/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "milter/cli/html/page_template.h"
#include "milter/cli/report/chart.h"
#include "policy/load/shipped.h"

namespace milter {
namespace {

using policy::Event;

constexpr std::size_t kMostLogNames = 10;  // of the files, in the summary

// "2026-11-24T12:00:01.204Z" -> "2026-11-24 12:00 UTC"
std::string minute(std::string_view ts) {
  if (ts.size() < 16) return std::string(ts);
  return fmt::format("{} {} UTC", ts.substr(0, 10), ts.substr(11, 5));
}

std::string period(const policy::Report& report) {
  return report.from.empty() ? "no records" : fmt::format("{} to {}", minute(report.from), minute(report.to));
}

Html big_number(std::uint64_t count, std::string_view what) {
  return {fmt::format("<li><b>{}</b>{}</li>", number(count).code, escape(what).code)};
}

Html log_names(const std::vector<std::string>& logs) {
  Html out;
  for (std::size_t i = 0; i < std::min(logs.size(), kMostLogNames); ++i)
    out.code += (i == 0 ? "" : ", ") + code(logs[i]).code;
  if (logs.size() > kMostLogNames) out.code += fmt::format(" and {} more", logs.size() - kMostLogNames);
  return out;
}

Html first_line(const policy::Catalogue& catalogue, const std::string& reason) {
  const auto found = catalogue.find(reason);
  return found == catalogue.end() ? Html{} : escape(found->second.fallback);
}

Html reply_of(const policy::ReasonCounts& counts) {
  if (counts.reply.empty()) return {};
  Html out;
  for (const auto& line : counts.reply) out.code += (out.code.empty() ? "" : "<br>") + name(line).code;
  return {"<blockquote>" + out.code + "</blockquote>"};
}

std::uint64_t weight(const policy::EventCounts& counts) { return counts.refused() + counts.would(); }

Html chart_bar(const policy::EventCounts& counts, std::uint64_t most) {
  return bar(weight(counts), most, counts.refused() == 0 ? 7 : 0);
}

const std::vector<HtmlColumn>& count_columns() {
  static const std::vector<HtmlColumn> kColumns{{"rejected", HtmlColumn::Form::number},
                                                {"deferred", HtmlColumn::Form::number},
                                                {"monitored", HtmlColumn::Form::number}};
  return kColumns;
}

std::vector<Html> counted(const policy::EventCounts& counts) {
  return {number(counts[Event::reject]), number(counts[Event::defer]), number(counts.would())};
}

// A table of names with their counts; what `describe` makes stands in the first column.
template <class Counts, class Describe>
Html counts_table(const std::string& caption, const std::string& of, const policy::Frequent<Counts>& all,
                  Describe describe) {
  std::vector<HtmlColumn> columns{{of, HtmlColumn::Form::wide}};
  columns.insert(columns.end(), count_columns().begin(), count_columns().end());
  HtmlTable table(caption, std::move(columns));
  const auto top = all.top(kMostRows, weight);
  for (const auto& [key, counts] : top) {
    auto cells = counted(counts);
    auto first = describe(key, counts);
    first += chart_bar(counts, weight(top.front().second));
    cells.insert(cells.begin(), std::move(first));
    table.row(cells);
  }
  return table.html();
}

template <class Counts>
Html forgotten(const policy::Frequent<Counts>& all) {
  if (all.forgotten() == 0) return {};
  return {
      fmt::format("<p class=\"soft\">There were more names than are kept at once. {} refusals of rare names "
                  "were forgotten on the way, so these counts may be a little low.</p>\n",
                  number(all.forgotten()).code)};
}

Html summary(const ReportSources& sources) {
  const auto& report = sources.report;
  const auto& events = report.events;
  Html out{fmt::format("<h1>Refused mail</h1>\n<p>{}. From {}.</p>\n<ul class=\"numbers\">", period(report),
                       log_names(sources.logs).code)};
  out += big_number(events.total(), "decisions");
  out += big_number(report.accepted_messages, "messages accepted");
  out += big_number(events[Event::reject], "rejected");
  out += big_number(events[Event::defer], "deferred");
  out += big_number(events.would(), "monitored: would have been refused");
  out += big_number(events[Event::mta_reject], "refused by the mail server itself");
  out.code +=
      "</ul>\n<p class=\"soft\">There is one decision for each recipient, and one at the end of each "
      "message.</p>\n";
  if (report.unreadable > 0)
    out.code +=
        fmt::format("<p>{} not understood, and left out. The first: {}.</p>\n",
                    report.unreadable == 1 ? "One line was" : number(report.unreadable).code + " lines were",
                    escape(report.first_unreadable).code);
  return out;
}

Html over_time(const ReportSources& sources) {
  auto out =
      heading("Over time", "Times are UTC. What a rule in monitor mode would have refused was accepted.");
  for (const auto& chart : charts_over_time(sources.report.times)) out += draw(chart);
  if (const auto left_out = sources.report.times.left_out(); left_out > 0)
    out.code +=
        fmt::format("<p>{} records without a usable time are left out here.</p>\n", number(left_out).code);
  return out;
}

Html top_reasons(const ReportSources& sources) {
  auto out = heading("Reasons", "Why mail was refused, with the last reply that was sent for it.");
  if (sources.report.reasons.all().empty()) return out.code += "<p>Nothing was refused.</p>\n", out;
  out += counts_table("Refusals by reason", "reason", sources.report.reasons,
                      [&](const std::string& reason, const policy::ReasonCounts& counts) {
                        auto cell = code(reason.empty() ? "(no reason)" : reason);
                        cell.code += " " + first_line(sources.catalogue, reason).code;
                        cell += reply_of(counts);
                        return cell;
                      });
  return out;
}

Html most_refused(const ReportSources& sources) {
  const auto& report = sources.report;
  auto out = heading("Who is refused most", "Domains of senders, and the servers that brought the mail.");
  if (report.senders.all().empty()) return out.code += "<p>Nothing was refused.</p>\n", out;
  out += counts_table("Refusals by domain of the sender", "domain", report.senders,
                      [](const std::string& domain, const policy::EventCounts&) {
                        return domain == "<>" ? escape("<> (the null sender: bounces)") : name(domain);
                      });
  out += forgotten(report.senders);
  out += counts_table("Refusals by client", "client", report.clients,
                      [](const std::string& ip, const policy::ClientCounts& counts) {
                        auto cell = code(ip);
                        if (!counts.name.empty()) cell.code += " " + name(counts.name).code;
                        return cell;
                      });
  out += forgotten(report.clients);
  return out;
}

}  // namespace

std::string report_page(const ReportSources& sources) {
  Html body;
  for (const auto section : {summary, likely_mistakes, over_time, top_reasons, most_refused, dns_lists,
                             rules_and_exceptions, own_troubles, unknown_recipients})
    body += section(sources);
  const auto& files = policy::shipped_files();
  const auto page = fill({files.at("report.html"), "report.html"},
                         {{"title", escape(period(sources.report))},
                          {"style", {"<style>\n" + files.at("report.css") + "</style>"}},
                          {"body", body}});
  if (!page) throw std::logic_error(page.error());  // our own template
  return *page;
}

}  // namespace milter
