// The parts of load_policy, one file each. Private to policy/load_*.cc. All report to loading.findings and go
// on.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/reply.h"
#include "policy/schema.h"
#include "policy/yaml_reader.h"

namespace policy {

// What every part works with. References outlive the load.
struct Loading {
  const Schema& schema;
  const Catalogue& catalogue;
  std::int64_t now;  // seconds since 1970; 0: not known
  Findings& findings;
};

// load_value.cc: single values.
std::optional<std::string> read_id(const YamlMapping& mapping,
                                   Findings& findings);  // letters, digits, -, _, .
std::optional<std::string> read_pattern(const YamlValue& value, Findings& findings);  // in normal form
std::vector<std::string> read_patterns(const YamlMapping& mapping, std::string_view key, Findings& findings);
std::optional<Network> read_network(const YamlValue& value, Findings& findings);
std::string title(std::string_view kind, const YamlValue& item);  // `rule "spf"`, or `a rule`

// load_condition.cc: what a rule or exception asks.
struct ReadTest {
  Test test;
  bool negated = false;
};
std::optional<ReadTest> read_test(const YamlValue& value, std::string_view path, const FieldDoc& field,
                                  const Loading& loading);
std::vector<Condition> read_conditions(const YamlMapping& owner, const Loading& loading);
// A condition that the admin did not write. nullopt: the schema has no such fact.
std::optional<Condition> implied(std::string_view path, Test test, const Place& at, const Schema& schema);
// Why `condition` cannot be known to what is decided at `stage`; "" when it can.
std::string too_early(const Condition& condition, Stage stage, const Schema& schema);

// load_rule.cc, load_list.cc, load_exception.cc, load_site.cc
std::vector<Rule> read_rules(const YamlMapping& root, Mode mode, const Loading& loading);
std::vector<List> read_lists(const YamlMapping& root, const Loading& loading);
// `rules` are those that may be skipped.
std::vector<Exception> read_exceptions(const YamlMapping& root, const std::vector<Rule>& rules,
                                       const Loading& loading);
Site read_site(const YamlMapping& root, Findings& findings);
Domains read_domains(const YamlMapping& root, Findings& findings);
Trusted read_trusted(const YamlMapping& root, Findings& findings);
std::vector<RecipientSource> read_recipients(const YamlMapping& root, Findings& findings);
std::vector<PolicyTest> read_tests(const YamlMapping& root, Findings& findings);
std::map<std::string, Value> read_settings(const YamlMapping& root, Findings& findings);

// load_lint.cc: what only the whole policy shows: names of lists, rules that cannot fire, warnings.
void lint_policy(const Policy& policy, const YamlMapping& root, const Loading& loading);

// load_implies.cc: whether a mail that `narrow` holds for always makes `wide` hold. False when in doubt.
bool implies(const Condition& narrow, const Condition& wide);
bool implies(const std::vector<Condition>& narrow, const std::vector<Condition>& wide);

}  // namespace policy
