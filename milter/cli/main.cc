// fivefifty: a milter whose refusals explain themselves.
#include <exception>
#include <string_view>
#include <vector>

#include "milter/cli/command.h"
#include "milter/cli/process.h"
#include "milter/cli/signals.h"
#include "milter/cli/version.h"
#include "milter/log/say.h"

namespace {

// CLI11 reads `--from=` as an option whose value comes next; here it is the null sender: an empty value.
std::vector<std::string> arguments(int count, char** values) {
  std::vector<std::string> out;
  for (int i = 1; i < count; ++i) {
    const std::string argument = values[i];
    const bool empty_value = argument.starts_with("--") && argument.find('=') == argument.size() - 1;
    out.push_back(empty_value ? argument.substr(0, argument.size() - 1) : argument);
    if (empty_value) out.emplace_back();
  }
  return {out.rbegin(), out.rend()};  // as CLI11 takes them: last first
}

int run(int count, char** values) {
  CLI::App app{"A mail filter for Postfix and Sendmail whose refusals explain themselves."};
  app.set_version_flag("--version", milter::version_text);
  app.require_subcommand(1);
  int exit_code = 0;
  for (const auto add : {milter::add_setup, milter::add_run, milter::add_check, milter::add_try,
                         milter::add_test, milter::add_lists, milter::add_recipients, milter::add_explain,
                         milter::add_replay, milter::add_docs, milter::add_report})
    add(app, exit_code);
  try {
    app.parse(arguments(count, values));
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return exit_code;
}

}  // namespace

namespace milter {

void add_policy_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--config", options.config, "the daemon's file; without it the built-in defaults");
  command.add_option("--policy", options.policy,
                     "the policy file; without it the one of --config, or the built-in one");
}

void add_common(CLI::App& command, CommonOptions& options) {
  add_policy_options(command, options);
  command.add_option("--zone", options.zone, "a scripted DNS world (YAML or JSON) instead of the network");
}

}  // namespace milter

int main(int count, char** values) {
  milter::open_standard_descriptors();
  if (count > 1 && std::string_view(values[1]) == "run") milter::hold_signals();
  try {
    return run(count, values);
  } catch (const std::exception& error) {
    milter::say(error.what());
    return 70;  // EX_SOFTWARE
  }
}
