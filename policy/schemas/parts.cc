#include "policy/schemas/parts.h"

#include "policy/load/case_keys.h"
#include "policy/load/list.h"

namespace policy {
namespace {

SchemaJson expectation() {
  const auto one = mapping_of(kExpectKeys);
  return {{"anyOf", {one, {{"type", "array"}, {"minItems", 1}, {"items", one}}}}};
}

SchemaJson test() {
  auto out = mapping_of(kPolicyTestKeys, {"name", "expect"});
  out["oneOf"] = {{{"required", {"session"}}}, {{"required", {"facts"}}}};
  return out;
}

}  // namespace

SchemaJson mapping_of(std::span<const KeyDoc> keys, std::initializer_list<std::string_view> required) {
  SchemaJson properties = SchemaJson::object();
  for (const auto& [name, doc, schema] : keys) {
    auto& property = properties[std::string(name)];
    property["description"] = doc;
    property.update(SchemaJson::parse(schema));
  }
  SchemaJson out{{"type", "object"}, {"additionalProperties", false}};
  if (required.size() > 0) out["required"] = required;
  out["properties"] = properties;
  return out;
}

SchemaJson words_of(std::initializer_list<std::string_view> words) { return {{"enum", words}}; }

SchemaJson nullable(std::string_view type) { return {{"type", {type, "null"}}}; }

SchemaJson value_of(const FieldDoc& field) {
  if (field.many) return {{"type", "array"}, {"items", {{"type", "string"}}}};
  switch (field.traits.kind) {
    case Kind::flag:
      return {{"type", "boolean"}};
    case Kind::number:
      return {{"type", "integer"}};
    case Kind::word:
    case Kind::text:
    case Kind::address:
    case Kind::domain:
    case Kind::mailbox:
      return {{"type", "string"}};
  }
  return {};
}

SchemaJson facts_of(const Schema& facts, Strict strict) {
  const SchemaJson text{{"type", "string"}}, texts{{"type", "array"}, {"items", text}},
      number{{"type", "integer"}};
  const SchemaJson unknown{{"type", "object"},
                           {"additionalProperties", false},
                           {"properties",
                            {{"unavailable", text},
                             {"has", texts},
                             {"may", texts},
                             {"anything", {{"type", "boolean"}}},
                             {"at_least", number},
                             {"at_most", number},
                             {"unasked", texts},
                             {"why", text}}}};
  SchemaJson groups = SchemaJson::object();
  for (const auto& check : facts.checks())
    for (const auto& field : check.fields) {
      auto& group = groups[std::string(check.group)];
      group["type"] = "object";
      if (strict == Strict::yes) group["additionalProperties"] = false;
      group["properties"]["unavailable"] = {{"type", "string"}};
      group["properties"][std::string(field.name)] = {{"description", field.doc},
                                                      {"anyOf", {value_of(field), unknown}}};
    }
  SchemaJson out{{"type", "object"}};
  if (strict == Strict::yes) out["additionalProperties"] = false;
  out["properties"] = groups;
  return out;
}

SchemaJson common_defs(const Schema& facts) {
  SchemaJson defs;
  defs["id"] = {{"type", "string"}, {"pattern", "^[A-Za-z0-9_.-]{1,64}$"}};
  defs["reason"] = {{"type", "string"}, {"pattern", "^[a-z0-9]+(-[a-z0-9]+)*$"}};
  defs["patterns"] = {{"type", {"array", "null"}},
                      {"items", {{"type", "string"}, {"pattern", "^(\\*\\.)?[A-Za-z0-9_.-]+$"}}}};
  defs["code"] = {{"anyOf", {{{"type", "string"}}, mapping_of(kCodeKeys, {"means"})}}};
  defs["list"] = mapping_of(kListKeys, {"id", "zone", "codes"});
  defs["session"] = mapping_of(kSessionKeys, {"ip", "rcpt"});
  defs["expect"] = expectation();
  defs["facts"] = facts_of(facts, Strict::yes);
  defs["test"] = test();
  defs["test"]["properties"]["facts"]["$ref"] = "#/$defs/facts";
  return defs;
}

}  // namespace policy
