// The page that `fivefifty report` writes: the same report gives the same page.
#pragma once
#include <string>
#include <vector>

#include "milter/cli/html.h"
#include "policy/policy.h"
#include "policy/report.h"

namespace milter {

// Rows of a table: what is rarer is looked for in the log.
inline constexpr std::size_t kMostRows = 25;

// All outlive the call.
struct ReportSources {
  const policy::Report& report;
  const policy::Catalogue& catalogue;
  const policy::Policy* policy = nullptr;  // null: none was given, so nothing is said of its rules
  std::vector<std::string> logs;           // names of the files
};

// The whole file.
std::string report_page(const ReportSources& sources);

// The sections, in this order, each with its heading (report_page.cc, report_sections.cc).
Html summary(const ReportSources& sources);
Html likely_mistakes(const ReportSources& sources);
Html over_time(const ReportSources& sources);
Html top_reasons(const ReportSources& sources);
Html most_refused(const ReportSources& sources);
Html dns_lists(const ReportSources& sources);
Html rules_and_exceptions(const ReportSources& sources);
Html own_troubles(const ReportSources& sources);
Html unknown_recipients(const ReportSources& sources);

// <h2> and a sentence under it.
Html heading(std::string_view title, std::string_view sentence);

}  // namespace milter
