// fivefifty try: judges one session by hand and shows the exact reply and why.
#include <fmt/format.h>

#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/rehearsal.h"
#include "milter/cli/world.h"
#include "policy/explain/explain.h"
#include "policy/record/write.h"

namespace milter {
namespace {

struct TryOptions {
  CommonOptions common;
  std::string ip, name, helo, from, message, user;
  std::vector<std::string> rcpt;
  bool json = false;
};

void show(const Decision& decision, const Snapshot& snapshot) {
  if (decision.reply)
    for (const auto& line : policy::smtp_lines(*decision.reply)) fmt::print("{}\n", line);
  else
    fmt::print("250 {}\n", decision.record.stage == policy::Stage::message ? "2.0.0 Ok" : "2.1.5 Ok");
  fmt::print("{}\n", policy::explain(decision.record, &snapshot.policy));
  for (const auto& change : decision.headers)
    if (change.kind == HeaderChange::Kind::insert_first)
      fmt::print("  adds {}: {}\n", change.name, change.value);
}

int try_session(const TryOptions& options) {
  const auto client = policy::Address::parse(options.ip);
  if (!client) {
    fmt::print(stderr, "fivefifty try: --ip={} is no IPv4 or IPv6 address\n", options.ip);
    return 2;
  }
  const auto setup = set_up(options.common);
  if (!setup) return 1;
  const auto dns = open_resolver(options.common.zone, setup->config.resolvers);
  if (!dns) return 1;
  Script script{*client, options.name, options.helo, options.user, options.from, options.rcpt, std::nullopt};
  if (!options.message.empty()) {
    auto message = read_file(options.message);
    if (!message) {
      fmt::print(stderr, "fivefifty try: {}\n", message.error());
      return 1;
    }
    script.message = std::move(*message);
  }
  const SystemClock clock;
  const World world{*dns, clock, setup->config.budgets, setup->config.headers};
  for (const auto& decision : rehearse(script, setup->snapshot, world)) {
    if (options.json)
      fmt::print("{}\n", policy::to_json(decision.record));
    else
      show(decision, *setup->snapshot);
  }
  return 0;
}

}  // namespace

void add_try(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("try", "Judge one session by hand: the exact reply, and why");
  auto options = std::make_shared<TryOptions>();
  add_common(*command, options->common);
  command->add_option("--ip", options->ip, "the client's address")->required();
  command->add_option("--name", options->name, "the client's PTR name; without it DNS is asked");
  command->add_option("--helo", options->helo, "what it says in HELO; without it its name");
  command->add_option("--from", options->from, "the sender; empty for the null sender")->required();
  command->add_option("--rcpt", options->rcpt, "a recipient; may be given several times")
      ->required()
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--message", options->message, "a message file, header and body");
  command->add_option("--auth", options->user, "the login of an authenticated client");
  command->add_flag("--json", options->json, "print the log records, one a line");
  command->callback([options, &exit_code] { exit_code = try_session(*options); });
}

}  // namespace milter
