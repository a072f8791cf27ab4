// Single values of a policy file. Errors go to the findings; the reading goes on.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/address.h"
#include "policy/load/yaml_reader.h"

namespace policy {

std::optional<std::string> read_id(const YamlMapping& mapping,
                                   Findings& findings);  // letters, digits, -, _, .
std::optional<std::string> read_pattern(const YamlValue& value, Findings& findings);  // in normal form
std::vector<std::string> read_patterns(const YamlMapping& mapping, std::string_view key, Findings& findings);
std::optional<Network> read_network(const YamlValue& value, Findings& findings);
std::string title(std::string_view kind, const YamlValue& item);  // `rule "spf"`, or `a rule`

}  // namespace policy
