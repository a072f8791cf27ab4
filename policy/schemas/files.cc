#include "policy/schemas/files.h"

#include "policy/load/case_keys.h"
#include "policy/load/catalogue.h"
#include "policy/load/daemon_keys.h"
#include "policy/load/zone_keys.h"

namespace policy {
namespace {

SchemaJson items() {
  return {{"type", {"array", "string", "number"}}, {"items", {{"type", {"string", "number"}}}}};
}

SchemaJson zone() {
  const auto records = mapping_of(kZoneKeys);
  return {{"type", "object"},
          {"additionalProperties",
           {{"anyOf", {records, words_of({"SERVFAIL", "REFUSED", "TIMEOUT"}), {{"type", "null"}}}}}}};
}

}  // namespace

SchemaJson daemon_schema() {
  auto out = mapping_of(kDaemonKeys);
  out["$defs"]["budgets"] = mapping_of(kBudgetKeys);
  out["$defs"]["log"] = mapping_of(kLogKeys);
  out["$defs"]["headers"] = mapping_of(kHeaderKeys);
  return out;
}

SchemaJson replies_schema(const Schema& facts) {
  auto out = mapping_of(kRepliesKeys, {"version", "replies"});
  const auto defs = common_defs(facts);
  out["$defs"]["reason"] = defs["reason"];
  out["$defs"]["facts"] = defs["facts"];
  out["$defs"]["reply"] = mapping_of(kReplyKeys);
  return out;
}

SchemaJson zone_schema() {
  auto out = zone();
  out["$defs"]["items"] = items();
  return out;
}

SchemaJson cases_schema(const Schema& facts) {
  auto out = mapping_of(kCaseFileKeys, {"tests"});
  const auto defs = common_defs(facts);
  for (const auto* name : {"reason", "session", "expect", "facts", "test"}) out["$defs"][name] = defs[name];
  out["$defs"]["zone"] = zone();
  out["$defs"]["items"] = items();
  out["$defs"]["test"]["properties"]["zone"] = {{"$ref", "#/$defs/zone"}};
  return out;
}

}  // namespace policy
