// The sections that say who we are: site, domains, trusted, recipients, tests, settings.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "policy/load/yaml_reader.h"
#include "policy/policy.h"

namespace policy {

Site read_site(const YamlMapping& root, Findings& findings);
Domains read_domains(const YamlMapping& root, Findings& findings);
Trusted read_trusted(const YamlMapping& root, Findings& findings);
// "24h": a time in s, m, h or d, at most 30 days.
std::chrono::seconds read_span(const YamlMapping& from, std::string_view key, std::chrono::seconds otherwise,
                               Findings& findings);
std::vector<RecipientSource> read_recipients(const YamlMapping& root, Findings& findings);
std::vector<PolicyTest> read_tests(const YamlMapping& root, Findings& findings);
std::map<std::string, Value> read_settings(const YamlMapping& root, Findings& findings);

}  // namespace policy
