// The page that `fivefifty report` writes: the same report gives the same page.
#pragma once
#include <string>

#include "milter/cli/report/sections.h"

namespace milter {

// The whole file.
std::string report_page(const ReportSources& sources);

}  // namespace milter
