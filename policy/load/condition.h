// What a rule or an exception asks: the mapping below `when:`.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/load/loading.h"
#include "policy/policy.h"

namespace policy {

struct ReadTest {
  Test test;
  bool negated = false;
};
std::optional<ReadTest> read_test(const YamlValue& value, std::string_view path, const FieldDoc& field,
                                  const Loading& loading);
std::vector<Condition> read_conditions(const YamlMapping& owner, const Loading& loading);
// A condition that the admin did not write. nullopt: the schema has no such fact.
std::optional<Condition> implied(std::string_view path, Test test, const Place& at, const Schema& schema);
// Fills in Condition::lists where DNS lists tell a fact.
void name_lists(std::vector<Condition>& when, const std::vector<List>& lists, const Schema& schema);

// Why `condition` cannot be known to what is decided at `stage`; "" when it can.
std::string too_early(const Condition& condition, Stage stage, const Schema& schema);

}  // namespace policy
