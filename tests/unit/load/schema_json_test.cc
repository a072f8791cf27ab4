#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policy/load/exception.h"
#include "policy/load/list.h"
#include "policy/load/rule.h"
#include "policy/schemas/policy.h"
#include "world.h"

namespace policy {
namespace {

// Facts that a rule may ask for: the rest only explains.
std::size_t askable() {
  std::size_t count = 0;
  for (const auto& check : test_schema().checks())
    for (const auto& field : check.fields) count += !field.traits.evidence;
  return count;
}

using Json = nlohmann::json;

Json schema_of(std::string_view name) { return Json::parse(json_schema(name, test_schema())); }

TEST(JsonSchemas, AreAllOf2020) {
  EXPECT_EQ(json_schema_names().size(), 7U);
  for (const auto name : json_schema_names())
    EXPECT_EQ(schema_of(name)["$schema"], "https://json-schema.org/draft/2020-12/schema") << name;
}

TEST(JsonSchemas, OfAnotherNameAreEmpty) { EXPECT_EQ(json_schema("polcy", test_schema()), ""); }

TEST(JsonSchemas, KnowEveryKeyThatTheLoaderKnows) {
  const auto policy = schema_of("policy");
  EXPECT_EQ(policy["properties"].size(), kPolicyKeys.size());
  EXPECT_EQ(policy["$defs"]["rule"]["properties"].size(), kRuleKeys.size());
  EXPECT_EQ(policy["$defs"]["list"]["properties"].size(), kListKeys.size());
  EXPECT_EQ(policy["$defs"]["exception"]["properties"].size(), kExceptionKeys.size());
  EXPECT_EQ(policy["additionalProperties"], false);
}

TEST(JsonSchemas, KnowEveryFactAndItsWords) {
  const auto when = schema_of("policy")["$defs"]["when"]["properties"];
  EXPECT_EQ(when.size(), askable());
  EXPECT_EQ(when["spf.result"]["anyOf"][0]["anyOf"][0]["enum"][0], "pass");
}

// A $ref that leads nowhere makes a validator fail at whatever it validates first.
void expect_refs_lead_somewhere(const Json& part, const Json& whole) {
  if (part.is_object() && part.contains("$ref")) {
    const auto ref = part["$ref"].get<std::string>();
    EXPECT_TRUE(whole.contains(Json::json_pointer(ref.substr(1)))) << ref;
  }
  for (const auto& inner : part)
    if (inner.is_structured()) expect_refs_lead_somewhere(inner, whole);
}

TEST(JsonSchemas, HaveNoReferenceThatLeadsNowhere) {
  for (const auto name : json_schema_names()) {
    SCOPED_TRACE(name);
    const auto whole = schema_of(name);
    expect_refs_lead_somewhere(whole, whole);
  }
}

}  // namespace
}  // namespace policy
