// fivefifty test: policy test cases, those of files and those written in the policy.
#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "milter/cli/cases.h"
#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/logs/log_reader.h"
#include "milter/cli/run_case.h"
#include "milter/cli/test_from_log.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"

namespace milter {
namespace {

// Tests do not depend on the machine they run on.
constexpr const char* kHost = "mx.example.net";

struct TestOptions {
  std::vector<std::string> files;
  bool verbose = false;
  std::string from_log;  // a reference: print its case instead
  std::vector<std::string> logs;
  CommonOptions common;
};

struct Tally {
  int passed = 0;
  int failed = 0;
};

void run_one(const TestCase& test, const std::shared_ptr<const Snapshot>& snapshot,
             const TestOptions& options, Tally& tally, std::set<std::string>& fired) {
  const auto result = run_case(test, snapshot);
  for (const auto& record : result.records)
    if (!record.rule.empty()) fired.insert(record.rule);
  ++(result.differences.empty() ? tally.passed : tally.failed);
  if (options.verbose && result.differences.empty()) fmt::print("ok      {}\n", test.name);
  if (result.differences.empty()) return;
  fmt::print("FAILED  {}:{}: {}\n", test.at.file, test.at.line, test.name);
  for (const auto& difference : result.differences) fmt::print("          {}\n", difference);
}

// A policy file has rules; anything else is a file of cases.
bool is_policy(const std::string& text) {
  try {
    const auto root = YAML::Load(text);
    return root.IsMap() && root["rules"];
  } catch (const YAML::Exception&) {
    return false;
  }
}

// The tests inside a policy, each read again from the text that load_policy kept.
std::vector<TestCase> own_tests(const policy::Policy& policy, policy::Findings& findings) {
  std::vector<TestCase> out;
  for (const auto& test : policy.tests) {
    policy::Findings inside(policy.file);
    const auto value = policy::parse_yaml({test.yaml, policy.file}, inside);
    auto read = value ? read_case(*value, "{}", inside) : std::nullopt;
    for (const auto& diagnostic : inside.by_place())
      findings.error(test.at, diagnostic.message, diagnostic.suggestion);
    if (!read) continue;
    read->at = test.at;
    out.push_back(std::move(*read));
  }
  return out;
}

std::shared_ptr<const Snapshot> snapshot_for(const CaseFile& cases, const std::string& file,
                                             LoadedTexts& loaded) {
  if (!cases.policy_text) {
    Config config;
    config.policy = cases.policy_path;
    loaded = load_snapshot(config, kHost);
    return loaded.snapshot;
  }
  const auto& catalogue = policy::shipped_catalogue(schema());
  auto rules = policy::load_policy({*cases.policy_text, file}, schema(), catalogue, 0);
  loaded.diagnostics = rules.diagnostics;
  if (!rules.value) return nullptr;
  return snapshot_of(std::move(*rules.value), catalogue, kHost, nullptr);
}

void say_coverage(const policy::Policy& policy, const std::set<std::string>& fired) {
  for (const auto& rule : policy.rules)
    if (rule.at.line > 0 && !fired.contains(rule.id))
      fmt::print("no test makes rule {} fire ({}:{})\n", rule.id, rule.at.file, rule.at.line);
}

bool run_file(const std::string& path, const TestOptions& options, Tally& tally) {
  LoadedTexts loaded;
  const auto text = read_file(path);
  if (!text) {
    fmt::print(stderr, "fivefifty test: {}\n", text.error());
    return false;
  }
  loaded.texts[path] = *text;
  std::set<std::string> fired;
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<TestCase> tests;
  const bool policy_file = is_policy(*text);
  if (policy_file) {
    Config config;
    config.policy = path;
    loaded = load_snapshot(config, kHost);
    snapshot = loaded.snapshot;
    policy::Findings findings(path);
    if (snapshot) tests = own_tests(snapshot->policy, findings);
    const auto found = findings.by_place();
    loaded.diagnostics.insert(loaded.diagnostics.end(), found.begin(), found.end());
  } else {
    auto cases = load_cases({*text, path});
    loaded.diagnostics = cases.diagnostics;
    if (cases.value) {
      LoadedTexts of_policy;
      snapshot = snapshot_for(*cases.value, path, of_policy);
      if (!snapshot) print(of_policy);
      tests = std::move(cases.value->tests);
    }
  }
  if (!snapshot || policy::has_errors(loaded.diagnostics)) {
    print(loaded);
    return false;
  }
  for (const auto& test : tests) run_one(test, snapshot, options, tally, fired);
  if (policy_file) say_coverage(snapshot->policy, fired);
  return true;
}

int test_files(const TestOptions& options) {
  Tally tally;
  bool readable = true;
  for (const auto& file : options.files) readable &= run_file(file, options, tally);
  fmt::print("{} passed, {} failed\n", tally.passed, tally.failed);
  return readable && tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}

// Where the case finds its policy, wherever it is saved.
std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).string();
}

int print_case(const TestOptions& options) {
  const auto config = load_config_file(options.common.config);
  if (!config) return 1;
  auto logs = options.logs;
  if (logs.empty() && !config->log.file.empty()) logs.push_back(config->log.file);
  const auto found = find_records(logs, options.from_log);
  if (!found || found->empty()) {
    fmt::print(stderr, "fivefifty test: {}\n",
               found ? fmt::format("no record with ref={} in {}", options.from_log, fmt::join(logs, ", "))
                     : found.error());
    return 1;
  }
  const auto& path = options.common.policy.empty() ? config->policy : options.common.policy;
  const auto text = case_from_record(found->front(), absolute(path));
  if (!text) {
    fmt::print(stderr, "fivefifty test: ref={}: {}\n", found->front().ref, text.error());
    return 1;
  }
  fmt::print("{}", *text);
  return 0;
}

int run_command(const TestOptions& options) {
  if (!options.from_log.empty()) return print_case(options);
  if (!options.files.empty()) return test_files(options);
  fmt::print(stderr, "fivefifty test: name files of cases, or --from-log REF\n");
  return 2;
}

}  // namespace

void add_test(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("test", "Run test cases: files of them, or those written in a policy");
  auto options = std::make_shared<TestOptions>();
  command->add_option("FILE", options->files, "files of cases, or policies");
  command->add_flag("-v,--verbose", options->verbose, "name the tests that pass, too");
  auto* from_log = command->add_option("--from-log", options->from_log,
                                       "print a case made of the record with this reference");
  command->add_option("--log", options->logs, "a log to look in; default: the configuration's")
      ->needs(from_log);
  command->add_option("--config", options->common.config, "the daemon's file that names log and policy")
      ->needs(from_log);
  command->add_option("--policy", options->common.policy, "the policy that the printed case is for")
      ->needs(from_log);
  command->callback([options, &exit_code] { exit_code = run_command(*options); });
}

}  // namespace milter
