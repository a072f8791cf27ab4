// fivefifty check: everything that is wrong with the configuration, in one run.
#include <fmt/format.h>

#include <algorithm>

#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/world.h"

namespace milter {
namespace {

int check(const CommonOptions& options) {
  auto config = load_config_file(options.config);
  if (!config) return 1;
  if (!options.policy.empty()) config->policy = options.policy;
  const auto loaded = load_snapshot(*config, host_name());
  print(loaded);
  if (!loaded.snapshot) return 1;
  const auto& policy = loaded.snapshot->policy;
  const auto written = std::count_if(policy.rules.begin(), policy.rules.end(),
                                     [](const policy::Rule& rule) { return rule.at.line > 0; });
  fmt::print("{}: good: {} rules, {} exceptions, {} lists; fingerprint {}\n", policy.file,
             written, policy.exceptions.size(), policy.lists.size(), policy.fingerprint);
  return 0;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("check", "Validate the configuration: exit 0 if it is good, 1 if not");
  auto options = std::make_shared<CommonOptions>();
  add_common(*command, *options);
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace milter
