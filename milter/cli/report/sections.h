// The sections of the report that need more than counting refusals, each with its heading.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "milter/cli/html/html.h"
#include "policy/policy.h"
#include "policy/report/report.h"

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

Html likely_mistakes(const ReportSources& sources);
Html dns_lists(const ReportSources& sources);
Html rules_and_exceptions(const ReportSources& sources);
Html own_troubles(const ReportSources& sources);
Html unknown_recipients(const ReportSources& sources);

// <h2> and a sentence under it.
Html heading(std::string_view title, std::string_view sentence);

}  // namespace milter
