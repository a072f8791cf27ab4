// fivefifty report: one page about what was refused, from the log alone.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "milter/cli/command.h"
#include "milter/cli/html/page_template.h"
#include "milter/cli/loading.h"
#include "milter/cli/logs/log_reader.h"
#include "milter/cli/report/page.h"
#include "policy/record/read.h"

namespace milter {
namespace {

struct ReportWishes {
  CommonOptions common;
  std::vector<std::string> logs;
  std::string output;  // "-" is standard output
};

// The ts of a log's first record; "" where none is found at its beginning.
std::string beginning_of(const std::string& path) {
  auto reader = LogReader::open(path);
  const auto block = reader ? reader->next() : tl::unexpected(reader.error());
  std::string out;
  if (!block) return out;  // whoever reads the whole log says why
  each_line(*block, [&](std::string_view line, std::uint64_t) {
    if (!out.empty()) return;
    if (const auto record = policy::record_from_json(line)) out = record->ts;
  });
  return out;
}

// What was accepted before, or later, is told by the order of records, but "log*" names rotated logs with the
// newest first. As they are given where one of them can be read only once: a pipe.
std::vector<std::string> in_order_of_time(const std::vector<std::string>& logs) {
  std::error_code ignored;
  const auto is_file = [&](const std::string& log) { return std::filesystem::is_regular_file(log, ignored); };
  if (logs.size() < 2 || !std::all_of(logs.begin(), logs.end(), is_file)) return logs;
  std::map<std::string, std::string> beginnings;
  for (const auto& log : logs) beginnings[log] = beginning_of(log);
  auto out = logs;
  std::stable_sort(out.begin(), out.end(),
                   [&](const std::string& a, const std::string& b) { return beginnings[a] < beginnings[b]; });
  return out;
}

// The error is that of a log that cannot be read.
std::string read_log(const std::string& path, policy::Report& report) {
  auto reader = LogReader::open(path);
  if (!reader) return reader.error();
  for (;;) {
    const auto block = reader->next();
    if (!block) return block.error();
    if (block->text.empty()) return "";
    each_line(*block, [&](std::string_view line, std::uint64_t number) {
      if (const auto record = policy::record_from_json(line))
        report.add(*record);
      else
        report.add_unreadable(fmt::format("{}:{}: {}", path, number, record.error()));
    });
  }
}

int fail(const std::string& sentence) {
  fmt::print(stderr, "fivefifty report: {}\n", sentence);
  return 1;
}

// What to print beside the page: how much it is about.
std::string outcome(const policy::Report& report) {
  auto out = fmt::format("{} decisions", report.events.total());
  if (report.unreadable > 0)
    out += fmt::format("; not understood: {} {}, the first {}", report.unreadable,
                       report.unreadable == 1 ? "line" : "lines", report.first_unreadable);
  return out;
}

// The exit code.
int write_report(const std::string& output, const std::string& page, const policy::Report& report) {
  if (output == "-") {
    const bool is_written = std::fputs(page.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    return is_written ? 0 : fail("cannot write to standard output");
  }
  if (const auto problem = write_page(output, page); !problem.empty()) return fail(problem);
  fmt::print("{}: {}\n", output, outcome(report));
  return 0;
}

int report(const ReportWishes& wishes) {
  const auto setup = set_up(wishes.common);
  if (!setup) return 1;
  const auto& snapshot = *setup->snapshot;
  policy::Report report(snapshot.catalogue);
  const auto logs = in_order_of_time(wishes.logs);
  for (const auto& log : logs)
    if (const auto problem = read_log(log, report); !problem.empty()) return fail(problem);
  const bool has_policy = !wishes.common.policy.empty() || !setup->config.policy.empty();
  return write_report(
      wishes.output, report_page({report, snapshot.catalogue, has_policy ? &snapshot.policy : nullptr, logs}),
      report);
}

}  // namespace

void add_report(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("report", "One page (HTML) about what was refused, and what likely in error");
  auto wishes = std::make_shared<ReportWishes>();
  add_policy_options(*command, wishes->common);
  command->add_option("LOG", wishes->logs, "log files: plain, gzip or zstd; - is standard input")->required();
  command->add_option("-o,--output", wishes->output, "the page; - is standard output")->required();
  command->callback([wishes, &exit_code] { exit_code = report(*wishes); });
}

}  // namespace milter
