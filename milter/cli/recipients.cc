// fivefifty recipients accept DOMAIN: the addresses that are gone from its file were deleted.
#include "milter/recipients/recipients.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/log/say.h"
#include "milter/recipients/read_file.h"
#include "milter/recipients/state_file.h"

namespace milter {
namespace {

constexpr std::chrono::seconds kPatience{5};  // a filter that runs looks every second

struct AcceptOptions {
  CommonOptions common;
  std::string domain;
};

// Whether somebody took the note away.
bool is_obeyed(const StateFile& state) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (state.accepted() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return !state.accepted();
}

int complain(const std::string& why) {
  say("recipients accept: " + why);
  return 1;
}

int accept(const AcceptOptions& options) {
  auto config = load_config_file(options.common.config);
  if (!config) return 1;
  if (!options.common.policy.empty()) config->policy = options.common.policy;
  const auto loaded = load_snapshot(*config, "", nullptr, RecipientFiles::leave);
  if (!loaded.snapshot) {
    print(loaded);
    return 1;
  }
  if (config->state.empty()) return complain("it needs a state: folder in the daemon's file (--config)");
  const auto path = recipient_file_of(loaded.snapshot->policy, options.domain);
  if (path.empty()) return complain("no file of recipients answers for " + options.domain);
  const auto file = read_recipient_file(path);
  if (!file) return complain(path + ": " + file.error());
  if (const auto why = why_not_whole(file->list); !why.empty()) return complain(path + ": " + why);
  const StateFile state(config->state, path);
  if (const auto why = state.accept(file->list.digest()); !why.empty()) return complain(why);
  fmt::print("{}: {} addresses are meant; who was listed before and is not among them is unknown{}\n", path,
             file->list.size(), is_obeyed(state) ? "" : " as soon as the filter runs and has read it");
  return 0;
}

}  // namespace

void add_recipients(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("recipients", "Files of recipients");
  command->require_subcommand(1);
  auto* accepting = command->add_subcommand(
      "accept",
      "The addresses that are gone from the file of a domain were deleted: refuse mail for them at once");
  auto options = std::make_shared<AcceptOptions>();
  add_policy_options(*accepting, options->common);
  accepting
      ->add_option("domain", options->domain,
                   "the domain, as the policy's recipients: names it, or one of its")
      ->required();
  accepting->callback([options, &exit_code] { exit_code = accept(*options); });
}

}  // namespace milter
