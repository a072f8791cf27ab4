#include "policy/schemas/policy.h"

#include <algorithm>

#include "policy/load/exception.h"
#include "policy/load/policy.h"
#include "policy/load/rule.h"
#include "policy/load/site.h"
#include "policy/schemas/files.h"
#include "policy/schemas/parts.h"
#include "policy/schemas/record.h"

namespace policy {

static SchemaJson policy_schema(const Schema& facts);
static SchemaJson lists_schema(const Schema& facts);
namespace {

struct Entry {
  std::string_view name, title;
  SchemaJson (*make)(const Schema& facts);
};

constexpr std::array kSchemas{
    Entry{"policy", "fivefifty: policy (which mail is refused)", policy_schema},
    Entry{"daemon", "fivefifty: daemon file (where it listens, asks and logs)",
          [](const Schema&) { return daemon_schema(); }},
    Entry{"replies", "fivefifty: replies (what is said when mail is refused)", replies_schema},
    Entry{"lists", "fivefifty: ready definitions of DNS lists", lists_schema},
    Entry{"zone", "fivefifty: a scripted DNS world", [](const Schema&) { return zone_schema(); }},
    Entry{"cases", "fivefifty: test cases", cases_schema},
    Entry{"record", "fivefifty: one line of the log", record_schema},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kSchemas.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = kSchemas[i].name;
  return out;
}();

SchemaJson one_or_more(const SchemaJson& one) {
  return {{"anyOf", {one, {{"type", "array"}, {"minItems", 1}, {"items", one}}}}};
}

SchemaJson or_not(const SchemaJson& test) {
  const SchemaJson negated{{"type", "object"},
                           {"required", {"not"}},
                           {"additionalProperties", false},
                           {"properties", {{"not", test}}}};
  return {{"anyOf", {test, negated}}};
}

SchemaJson words_test(const FieldDoc& field) { return or_not(one_or_more({{"enum", field.words()}})); }

SchemaJson test_of(const FieldDoc& field) {
  switch (field.traits.kind) {
    case Kind::flag:
      return {{"$ref", "#/$defs/flag-test"}};
    case Kind::number:
      return {{"$ref", "#/$defs/number-test"}};
    case Kind::word:
      return words_test(field);
    case Kind::text:
    case Kind::address:
    case Kind::domain:
    case Kind::mailbox:
      break;
  }
  return {{"$ref", "#/$defs/text-test"}};
}

void add_tests(SchemaJson& defs) {
  defs["flag-test"] = or_not({{"type", "boolean"}});
  defs["number-test"] =
      or_not({{"type", {"integer", "string"}}, {"pattern", "^(<=|>=|==|<|>|=) *-?[0-9]+$"}});
  defs["text-test"] = or_not(one_or_more({{"type", {"string", "number"}}}));
}

// Every path, with what it means: that is what an editor completes and shows.
SchemaJson when_of(const Schema& facts) {
  SchemaJson properties = SchemaJson::object();
  for (const auto& check : facts.checks())
    for (const auto& field : check.fields) {
      if (field.traits.evidence) continue;
      auto& property = properties[std::string(check.group) + "." + std::string(field.name)];
      property["description"] = field.doc;
      property.update(test_of(field));
    }
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
}

SchemaJson settings_of() {
  SchemaJson groups = SchemaJson::object();
  for (const auto& setting : kSettings) {
    auto& group = groups[std::string(setting.group)];
    group["type"] = "object";
    group["additionalProperties"] = false;
    SchemaJson words = SchemaJson::array();
    for (const auto word : setting.words)
      if (!word.empty()) words.push_back(word);
    group["properties"][std::string(setting.name)] = {{"description", setting.doc}, {"enum", words}};
  }
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", groups}};
}

SchemaJson rule_of() {
  auto rule = mapping_of(kRuleKeys, {"id"});
  for (const auto* outcome : {"accept", "reject", "defer"})
    rule["oneOf"].push_back({{"required", {outcome}}});
  return rule;
}

}  // namespace

static SchemaJson policy_schema(const Schema& facts) {
  auto out = mapping_of(kPolicyKeys, {"version", "rules"});
  auto defs = common_defs(facts);
  defs["site"] = mapping_of(kSiteKeys);
  defs["domains"] = mapping_of(kDomainsKeys);
  defs["trusted"] = mapping_of(kTrustedKeys);
  defs["recipients"] = mapping_of(kRecipientsKeys, {"source", "path"});
  defs["rule"] = rule_of();
  defs["exception"] = mapping_of(kExceptionKeys, {"id", "when", "skip", "because", "expires"});
  defs["settings"] = settings_of();
  defs["when"] = when_of(facts);
  add_tests(defs);
  out["$defs"] = defs;
  return out;
}

static SchemaJson lists_schema(const Schema& facts) {
  constexpr std::array keys{KeyDoc{"lists", "ready to be copied into a policy",
                                   R"({"type":"array","items":{"$ref":"#/$defs/list"}})"}};
  auto out = mapping_of(keys, {"lists"});
  const auto defs = common_defs(facts);
  for (const auto* name : {"id", "code", "list"}) out["$defs"][name] = defs[name];
  return out;
}

std::span<const std::string_view> json_schema_names() { return kNames; }

std::string json_schema(std::string_view name, const Schema& facts) {
  const auto entry =
      std::find_if(kSchemas.begin(), kSchemas.end(), [&](const Entry& e) { return e.name == name; });
  if (entry == kSchemas.end()) return "";
  SchemaJson out{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", entry->title}};
  out.update(entry->make(facts));
  return out.dump(1) + "\n";
}

}  // namespace policy
