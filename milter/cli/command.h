// The subcommands of the program, one file each. A command adds itself to the parser with its options; when
// it is chosen, `exit_code` becomes what main returns.
#pragma once
#include <CLI/CLI.hpp>

#include "milter/cli/options.h"

namespace milter {

void add_setup(CLI::App& app, int& exit_code);
void add_run(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_try(CLI::App& app, int& exit_code);
void add_test(CLI::App& app, int& exit_code);
void add_lists(CLI::App& app, int& exit_code);
void add_recipients(CLI::App& app, int& exit_code);
void add_docs(CLI::App& app, int& exit_code);
void add_report(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);

// The options of `options`, for a command that has them.
void add_common(CLI::App& command, CommonOptions& options);
// Those of them that a command without DNS has: --config and --policy.
void add_policy_options(CLI::App& command, CommonOptions& options);

}  // namespace milter
