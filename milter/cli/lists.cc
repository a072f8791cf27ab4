// fivefifty lists: asks every configured list for its test points now, and shows its health.
#include <fmt/format.h>

#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/world.h"
#include "milter/lists/prober.h"

namespace milter {
namespace {

constexpr std::chrono::seconds kPatience{10};  // a list that needs longer is no use at RCPT either

bool show(const ListReport& report) {
  const bool good =
      report.standing.kind == Standing::Kind::believed || report.standing.kind == Standing::Kind::off;
  fmt::print("{:<12} {:<9} {}{}\n", report.id, to_text(report.standing.kind), report.name,
             report.allow ? " (allow list)" : "");
  if (!report.standing.why.empty()) fmt::print("             {}\n", report.standing.why);
  for (const auto& [label, answer] : report.points) fmt::print("             {:<14} {}\n", label, answer);
  return good;
}

int lists(const CommonOptions& options) {
  const auto setup = set_up(options);
  if (!setup) return 1;
  const auto& configured = setup->snapshot->policy.lists;
  if (configured.empty()) fmt::print("The policy {} has no lists.\n", setup->snapshot->policy.file);
  const auto dns = open_resolver(options.zone, setup->config.resolvers);
  if (!dns) return 1;
  bool all_good = true;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (const auto& report : test_lists_now(configured, *dns, deadline, SystemClock().unix_millis()))
    all_good &= show(report);
  return all_good ? 0 : 1;
}

}  // namespace

void add_lists(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("lists", "Ask every list for its RFC 5782 test points, and show its health");
  auto options = std::make_shared<CommonOptions>();
  add_common(*command, *options);
  command->callback([options, &exit_code] { exit_code = lists(*options); });
}

}  // namespace milter
