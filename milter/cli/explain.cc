// fivefifty explain: why a mail was refused, deferred or accepted, out of the log; or what a reason means.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/logs/log_reader.h"
#include "milter/cli/world.h"
#include "policy/explain/account.h"
#include "policy/explain/words.h"
#include "policy/nearest.h"

namespace milter {
namespace {

struct ExplainOptions {
  CommonOptions common;
  std::string reference, reason;
  std::vector<std::string> logs;
  bool json = false;
};

constexpr int kFound = 0, kNotFound = 1, kTrouble = 2;

std::vector<std::string> ids_of(const policy::Catalogue& catalogue) {
  std::vector<std::string> out;
  for (const auto& [id, entry] : catalogue) out.push_back(id);
  return out;
}

std::vector<const policy::Rule*> rules_with(const policy::Policy& policy, const std::string& reason) {
  std::vector<const policy::Rule*> out;
  for (const auto& rule : policy.rules)
    if (rule.reason == reason) out.push_back(&rule);
  return out;
}

void print_reason(const std::string& id, const policy::ReplyTemplate& entry, const policy::Policy& policy) {
  const auto actor = policy::who_acts(policy::to_text(entry.actor));
  fmt::print("reason {}\n  reply    {} {}\n", id, entry.code, entry.enhanced);
  if (entry.temporary_code) fmt::print("  deferred {} {}\n", entry.temporary_code, entry.temporary_enhanced);
  fmt::print("  to act   {}\n", actor.empty() ? "nobody" : actor);
  for (const auto* rule : rules_with(policy, id))
    fmt::print("  rule     {} at {}{}\n", rule->id, policy::place_text(*rule),
               rule->mode == policy::Mode::monitor ? " (monitor)" : "");
  fmt::print("text\n");
  for (const auto& line : entry.text) fmt::print("  {}\n", line);
  if (!entry.help.empty()) fmt::print("what it means\n{}\n", entry.help);
}

void print_reason_json(const std::string& id, const policy::ReplyTemplate& entry,
                       const policy::Policy& policy) {
  nlohmann::ordered_json out{{"reason", id},
                             {"code", entry.code},
                             {"enhanced", entry.enhanced},
                             {"actor", policy::to_text(entry.actor)},
                             {"who_acts", policy::who_acts(policy::to_text(entry.actor))},
                             {"text", entry.text},
                             {"help", entry.help},
                             {"rules", nlohmann::ordered_json::array()}};
  for (const auto* rule : rules_with(policy, id))
    out["rules"].push_back({{"id", rule->id}, {"file", rule->at.file}, {"line", rule->at.line}});
  fmt::print("{}\n", out.dump(2));
}

int explain_reason(const ExplainOptions& options, const Snapshot& snapshot) {
  const auto entry = snapshot.catalogue.find(options.reason);
  if (entry == snapshot.catalogue.end()) {
    const auto near = policy::nearest(options.reason, ids_of(snapshot.catalogue));
    fmt::print(stderr, "fivefifty explain: there is no reason {}{}\n", policy::printable(options.reason),
               near.empty() ? "" : "; did you mean " + near + "?");
    return kNotFound;
  }
  (options.json ? print_reason_json : print_reason)(entry->first, entry->second, snapshot.policy);
  return kFound;
}

int explain_reference(const ExplainOptions& options, const Config& config, const Snapshot& snapshot) {
  auto logs = options.logs;
  if (logs.empty() && !config.log.file.empty()) logs.push_back(config.log.file);
  if (logs.empty()) {
    fmt::print(stderr,
               "fivefifty explain: where is the log? Give --log FILE, or a --config that names one\n");
    return kTrouble;
  }
  const auto found = find_records(logs, options.reference);
  if (!found) {
    fmt::print(stderr, "fivefifty explain: {}\n", found.error());
    return kTrouble;
  }
  if (found->empty()) {
    fmt::print(stderr, "fivefifty explain: no record with ref={} in {}\n",
               policy::printable(normal_reference(options.reference)), fmt::join(logs, ", "));
    return kNotFound;
  }
  for (const auto& record : *found) {
    const policy::Explaining matter{record, &snapshot.policy, &snapshot.catalogue, &schema()};
    fmt::print("{}{}", &record == &found->front() || options.json ? "" : "\n",
               options.json ? policy::account_json(matter) : policy::account(matter));
  }
  return kFound;
}

int explain(const ExplainOptions& options) {
  if (options.reference.empty() == options.reason.empty()) {
    fmt::print(stderr, "fivefifty explain: give either a reference or --reason ID\n");
    return kTrouble;
  }
  const auto setup = set_up(options.common);
  if (!setup) return kTrouble;
  return options.reason.empty() ? explain_reference(options, setup->config, *setup->snapshot)
                                : explain_reason(options, *setup->snapshot);
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("explain", "Why was this mail refused? Out of the log, by its reference");
  auto options = std::make_shared<ExplainOptions>();
  add_policy_options(*command, options->common);
  command->add_option("REF", options->reference, "the reference of the reply, ref=...");
  command->add_option("--log", options->logs,
                      "a log, plain, gzip or zstd; may be given several times; default: the configuration's");
  command->add_option("--reason", options->reason, "explain a reason instead");
  command->add_flag("--json", options->json, "print the account as JSON");
  command->callback([options, &exit_code] { exit_code = explain(*options); });
}

}  // namespace milter
