// fivefifty docs pages: the help pages to which the replies link, one a reason, and a list of them.
#pragma once
#include <string>

#include "milter/cli/options.h"

namespace milter {

struct PageWishes {
  CommonOptions common;
  std::string folder;     // is made if it is not there: FOLDER/index.html, FOLDER/REASON/index.html
  std::string templates;  // a folder with files of the admin's own instead of conf/pages; "" is none
};

// The exit code; errors are printed to stderr. Pages of reasons that are no more stay: old mail
// links to them.
int write_pages(const PageWishes& wishes);

}  // namespace milter
