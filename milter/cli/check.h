// fivefifty check: everything that is wrong with the configuration, in one run.
#pragma once
#include <string>
#include <vector>

#include "milter/cli/options.h"

namespace milter {

struct CheckOptions {
  CommonOptions common;
  // To warn of settings that do not fit; one that is not there is left out.
  std::string main_cf = "/etc/postfix/main.cf";
  std::string etc = "/etc";       // where other filters have their files: opendkim, opendmarc, rspamd
  std::vector<std::string> logs;  // to warn of exceptions that are no longer used
  // Leaves out what must be there once it runs, and need not yet: the user, the log, files of recipients.
  bool texts_only = false;
};

// The exit code: 0 if the configuration is good, 1 if not. Prints what it found to stderr, a summary to stdout.
int check(const CheckOptions& options);

}  // namespace milter
