#include "milter/cli/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "milter/cli/advice.h"
#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/logs/log_reader.h"
#include "milter/cli/other_filters.h"
#include "milter/cli/process.h"
#include "milter/cli/world.h"
#include "milter/log/say.h"
#include "milter/recipients/recipients.h"
#include "policy/record/read.h"

namespace milter {
namespace {

// The ids of exceptions that records of these logs name. The error is that of a log that cannot be read.
tl::expected<std::set<std::string>, std::string> used_exceptions(const std::vector<std::string>& logs) {
  std::set<std::string> used;
  for (const auto& path : logs) {
    auto reader = LogReader::open(path);
    if (!reader) return tl::unexpected(reader.error());
    for (auto block = reader->next(); !block || !block->text.empty(); block = reader->next()) {
      if (!block) return tl::unexpected(block.error());
      each_line(*block, [&](std::string_view line, std::uint64_t) {
        if (const auto record = policy::record_from_json(line))
          for (auto& id : record->verdict.exceptions()) used.insert(std::move(id));
      });
    }
  }
  return used;
}

void add(const std::vector<policy::Diagnostic>& more, LoadedTexts& loaded) {
  loaded.diagnostics.insert(loaded.diagnostics.end(), more.begin(), more.end());
}

// Files that are in use while it runs: those of recipients, and the log.
std::vector<policy::Diagnostic> check_files(const Config& config, const policy::Policy& policy) {
  auto out = check_recipients(policy);
  const auto why = config.log.file.empty() ? "" : why_not_appendable(config.log.file);
  if (!why.empty())
    out.push_back({policy::Severity::error, config.log.at,
                   fmt::format("cannot write the log {}: {}", config.log.file, why), ""});
  return out;
}

// Whether every log could be read.
bool advise(const CheckOptions& options, const Config& config, LoadedTexts& loaded) {
  const auto& policy = loaded.snapshot->policy;
  const auto& own_id = config.headers.authserv_id.empty() ? policy.site.name : config.headers.authserv_id;
  if (config.headers.authentication_results)
    add(advise_on_filters(other_filters(options.etc, host_name), config, own_id), loaded);
  if (const auto main_cf = read_file(options.main_cf)) {
    loaded.texts[options.main_cf] = *main_cf;
    add(advise_on_main_cf({*main_cf, options.main_cf}, policy), loaded);
  }
  if (options.logs.empty()) return true;
  const auto used = used_exceptions(options.logs);
  if (used)
    add(advise_on_exceptions(policy, *used), loaded);
  else
    fmt::print(stderr, "fivefifty check: {}\n", used.error());
  return used.has_value();
}

}  // namespace

int check(const CheckOptions& options) {
  auto config = load_config_file(options.common.config);
  if (!config) return 1;
  if (!options.common.policy.empty()) config->policy = options.common.policy;
  const ActingAs user(options.texts_only ? "" : config->user);  // what he cannot read, `run` cannot
  if (!user.trouble().empty()) say(user.trouble());
  auto loaded = load_snapshot(*config, "", nullptr, RecipientFiles::leave);
  if (loaded.snapshot && !options.texts_only) add(check_files(*config, loaded.snapshot->policy), loaded);
  const bool advised = !loaded.snapshot || advise(options, *config, loaded);
  print(loaded);
  if (!loaded.snapshot || !advised || !user.trouble().empty() || policy::has_errors(loaded.diagnostics))
    return 1;
  const auto& policy = loaded.snapshot->policy;
  const auto written = std::count_if(policy.rules.begin(), policy.rules.end(),
                                     [](const policy::Rule& rule) { return rule.at.line > 0; });
  fmt::print("{}: good: {} rules, {} exceptions, {} lists; fingerprint {}\n", policy.file, written,
             policy.exceptions.size(), policy.lists.size(), policy.fingerprint);
  return 0;
}

void add_check(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("check", "Validate the configuration: exit 0 if it is good, 1 if not");
  auto options = std::make_shared<CheckOptions>();
  add_common(*command, options->common);
  command->add_option("--main-cf", options->main_cf, "Postfix's main.cf, to warn of settings that do not fit")
      ->capture_default_str();
  command
      ->add_option("--etc", options->etc,
                   "where opendkim, opendmarc and rspamd are configured, to warn of ids in common")
      ->capture_default_str();
  command->add_option("--log", options->logs, "logs, to warn of exceptions that are no longer used");
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace milter
