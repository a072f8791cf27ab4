// fivefifty report: one page about what was refused, from the log alone.
#include <fmt/format.h>

#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/log_reader.h"
#include "milter/cli/page_template.h"
#include "milter/cli/report_page.h"

namespace milter {
namespace {

struct ReportWishes {
  CommonOptions common;
  std::vector<std::string> logs;
  std::string output;  // "-" is standard output
};

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

int report(const ReportWishes& wishes) {
  const auto setup = set_up(wishes.common);
  if (!setup) return 1;
  const auto& snapshot = *setup->snapshot;
  policy::Report report(snapshot.catalogue);
  for (const auto& log : wishes.logs)
    if (const auto problem = read_log(log, report); !problem.empty()) return fail(problem);
  const bool has_policy = !wishes.common.policy.empty() || !setup->config.policy.empty();
  const auto page =
      report_page({report, snapshot.catalogue, has_policy ? &snapshot.policy : nullptr, wishes.logs});
  if (wishes.output == "-") return std::fputs(page.c_str(), stdout) < 0 || std::fflush(stdout) != 0;
  if (const auto problem = write_page(wishes.output, page); !problem.empty()) return fail(problem);
  fmt::print("{}: {} decisions\n", wishes.output, report.events.total());
  return 0;
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
