#include "policy/schemas/parts.h"

namespace policy {
namespace {

constexpr std::string_view kTextOrTexts = R"({"type":["string","array"],"items":{"type":"string"}})";

constexpr std::array kSessionKeys{
    KeyDoc{"ip", "the client's address", kText},
    KeyDoc{"name", "its PTR name; without it, the zone says", kText},
    KeyDoc{"helo", "what it calls itself", kText},
    KeyDoc{"from", "the envelope sender; empty: the null sender", R"({"type":["string","null"]})"},
    KeyDoc{"rcpt", "the recipients", kTextOrTexts},
    KeyDoc{"auth", "the login", kText},
    KeyDoc{"message", "header and body", kText},
    KeyDoc{"time", "when, as 2026-11-24T12:00:00Z",
           R"({"type":"string","pattern":"^[0-9-]{10}T[0-9:]{8}Z$"})"},
};

constexpr std::array kExpectKeys{
    KeyDoc{"accept", "nothing refuses the mail", R"({"const":true})"},
    KeyDoc{"reject", "refused with this reason", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"defer", "deferred with this reason", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"would-reject", "a monitored rule would refuse it", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"would-defer", "a monitored rule would defer it", R"({"$ref":"#/$defs/reason"})"},
    KeyDoc{"rule", "the rule that decides", kText},
    KeyDoc{"code", "of the reply", R"({"type":"integer","minimum":400,"maximum":599})"},
    KeyDoc{"enhanced", "of the reply", R"({"type":"string","pattern":"^[45]\\.[0-9]{1,3}\\.[0-9]{1,3}$"})"},
    KeyDoc{"text", "pieces of the reply", kTextOrTexts},
    KeyDoc{"facts", "facts by path: spf.result: pass", R"({"type":"object"})"},
    KeyDoc{"unavailable", "groups or facts that are unknown",
           R"({"type":"array","items":{"type":"string"}})"},
};

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
  defs["test"]["properties"]["facts"] = {{"$ref", "#/$defs/facts"}};
  return defs;
}

}  // namespace policy
