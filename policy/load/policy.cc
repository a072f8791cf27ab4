#include "policy/load/policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/load/condition.h"
#include "policy/load/exception.h"
#include "policy/load/lint.h"
#include "policy/load/list.h"
#include "policy/load/loading.h"
#include "policy/load/rule.h"
#include "policy/load/site.h"

namespace policy {
namespace {

constexpr auto kKeys = names(kPolicyKeys);
constexpr std::array<std::string_view, 2> kModes{"enforce", "monitor"};

Policy read_policy(const YamlMapping& root, const Loading& loading) {
  auto& findings = loading.findings;
  Policy policy;
  root.require({"version", "rules"});
  root.number("version", {1, 1});
  policy.mode = root.word("mode", kModes) == "monitor" ? Mode::monitor : Mode::enforce;
  policy.site = read_site(root, findings);
  policy.domains = read_domains(root, findings);
  policy.trusted = read_trusted(root, findings);
  policy.lists = read_lists(root, loading);
  policy.lists_give_up = read_span(root, "lists_give_up", policy.lists_give_up, findings);
  policy.recipients = read_recipients(root, findings);
  policy.rules = read_rules(root, policy.mode, loading);
  policy.exceptions = read_exceptions(root, policy.rules, loading);
  policy.tests = read_tests(root, findings);
  policy.settings = read_settings(root, findings);
  return policy;
}

// Which lists each condition waits for: known when all of the policy is read.
void name_lists(Policy& policy, const Schema& schema) {
  for (auto& rule : policy.rules) name_lists(rule.when, policy.lists, schema);
  for (auto& exception : policy.exceptions) name_lists(exception.when, policy.lists, schema);
}

}  // namespace

// FNV-1a, 64 bits, of which the record keeps 48: it tells versions of one site's policy apart, and guards
// nothing. A 0 between texts, so that moving words from one to the next changes it.
std::string fingerprint(std::initializer_list<std::string_view> texts) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3U; };
  for (const auto text : texts) {
    for (const char c : text) mix(static_cast<unsigned char>(c));
    mix(0);
  }
  return fmt::format("{:012x}", (hash ^ (hash >> 48U)) & 0xffffffffffffU);
}

Loaded<Policy> load_policy(const Source& source, const Schema& schema, const Catalogue& catalogue,
                           std::int64_t now) {
  Findings findings(source.file);
  const auto document = parse_yaml(source, findings);
  if (!document) return {std::nullopt, findings.by_place()};
  const Loading loading{schema, catalogue, now, findings};
  const YamlMapping root(*document, "the policy", kKeys, findings);
  auto policy = read_policy(root, loading);
  policy.file = source.file;
  policy.fingerprint = fingerprint({source.text});
  lint_policy(policy, root, loading);
  name_lists(policy, schema);
  Loaded<Policy> loaded{std::nullopt, findings.by_place()};
  if (!findings.has_errors()) loaded.value = std::move(policy);
  return loaded;
}

}  // namespace policy
