#include "policy/schemas/record.h"

#include "policy/stage.h"

namespace policy {
namespace {

SchemaJson array_of(SchemaJson items) { return {{"type", "array"}, {"items", std::move(items)}}; }

SchemaJson object_of(SchemaJson properties) {
  SchemaJson required = SchemaJson::array();
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  return {{"type", "object"}, {"required", std::move(required)}, {"properties", std::move(properties)}};
}

// Greppable, in the order in which they are written.
SchemaJson flat() {
  const SchemaJson text{{"type", "string"}};
  const auto maybe = nullable("string");
  SchemaJson out;
  out["v"] = {{"const", 1}};
  out["ts"] = {{"type", "string"}, {"description", "RFC 3339, UTC, with milliseconds"}};
  out["event"] = words_of({"accept", "reject", "defer", "would-reject", "would-defer", "mta-reject"});
  for (const auto* key : {"ref", "session", "queue_id", "host"}) out[key] = maybe;
  out["stage"] = {{"enum", kStageNames}};
  out["reason"] = maybe;
  out["code"] = {{"type", {"integer", "null"}}, {"minimum", 400}, {"maximum", 599}};
  out["enhanced"] = {{"type", {"string", "null"}}, {"pattern", "^[245]\\.[0-9]{1,3}\\.[0-9]{1,3}$"}};
  out["reply"] = array_of(text);
  out["reply"]["description"] = "the text lines, without codes";
  out["actor"] = maybe;
  out["mode"] = words_of({"enforce", "monitor"});
  for (const auto* key : {"rule", "policy", "client_ip", "client_name", "helo", "mail_from"})
    out[key] = maybe;
  out["rcpt"] = {{"type", {"string", "array", "null"}}, {"items", text}};
  out["from_domain"] = maybe;
  out["size"] = nullable("integer");
  out["mta_text"] = maybe;
  return out;
}

SchemaJson verdict() {
  return object_of({{"action", words_of({"pass", "accept", "defer", "reject"})},
                    {"rule", nullable("string")},
                    {"reason", nullable("string")},
                    {"unknown", nullable("string")}});
}

SchemaJson trace() {
  return array_of(object_of({{"rule", nullable("string")},
                             {"truth", words_of({"no", "yes", "unknown", "not asked"})},
                             {"path", nullable("string")},
                             {"exception", nullable("string")}}));
}

SchemaJson monitored() {
  return array_of(object_of({{"rule", nullable("string")},
                             {"action", words_of({"accept", "defer", "reject"})},
                             {"reason", nullable("string")}}));
}

}  // namespace

SchemaJson record_schema(const Schema& facts) {
  auto properties = flat();
  properties["facts"] = facts_of(facts, Strict::no);
  properties["verdict"] = verdict();
  properties["trace"] = trace();
  properties["monitored"] = monitored();
  properties["exceptions"] = array_of({{"type", "string"}});
  properties["millis"] = {{"type", "object"}, {"additionalProperties", {{"type", "integer"}}}};
  properties["dropped"] = array_of({{"type", "string"}});
  properties["truncated"] = {{"type", "boolean"}};
  return object_of(std::move(properties));
}

}  // namespace policy
