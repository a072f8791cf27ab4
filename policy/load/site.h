// The sections that say who we are: site, domains, trusted, recipients, tests, settings.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "policy/load/yaml_reader.h"
#include "policy/policy.h"

namespace policy {

Site read_site(const YamlMapping& root, Findings& findings);
Domains read_domains(const YamlMapping& root, Findings& findings);
Trusted read_trusted(const YamlMapping& root, Findings& findings);
std::vector<RecipientSource> read_recipients(const YamlMapping& root, Findings& findings);
std::vector<PolicyTest> read_tests(const YamlMapping& root, Findings& findings);
std::map<std::string, Value> read_settings(const YamlMapping& root, Findings& findings);

}  // namespace policy
