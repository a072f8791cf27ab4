#include "policy/schemas/record.h"

#include "policy/record/record.h"
#include "policy/stage.h"

namespace policy {
namespace {

SchemaJson array_of(SchemaJson items) { return {{"type", "array"}, {"items", std::move(items)}}; }

SchemaJson object_of(SchemaJson properties) {
  SchemaJson required = SchemaJson::array();
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  return {{"type", "object"}, {"required", std::move(required)}, {"properties", std::move(properties)}};
}

SchemaJson or_null(SchemaJson of) {
  of["type"] = {of.at("type"), "null"};
  return of;
}

const SchemaJson kTextType{{"type", "string"}}, kFlagType{{"type", "boolean"}};

// Greppable, in the order in which they are written.
SchemaJson flat() {
  const auto maybe = nullable("string");
  SchemaJson out;
  out["v"] = {{"const", kRecordVersion}};
  out["ts"] = {{"type", {"string", "null"}}, {"description", "RFC 3339, UTC, with milliseconds"}};
  out["event"] = words_of({"accept", "reject", "defer", "would-reject", "would-defer", "mta-reject"});
  for (const auto* key : {"ref", "session"}) out[key] = maybe;
  out["transaction"] = nullable("integer");
  out["transaction"]["description"] = "of the session, from 1: joins a message to its recipients";
  for (const auto* key : {"queue_id", "message_id", "host"}) out[key] = maybe;
  out["stage"] = {{"enum", kStageNames}};
  out["reason"] = maybe;
  out["code"] = {{"type", {"integer", "null"}}, {"minimum", 400}, {"maximum", 599}};
  out["enhanced"] = {{"type", {"string", "null"}}, {"pattern", "^[245]\\.[0-9]{1,3}\\.[0-9]{1,3}$"}};
  out["reply"] = array_of(kTextType);
  out["reply"]["description"] = "the text lines, without codes";
  out["actor"] = maybe;
  out["mode"] = words_of({"enforce", "monitor"});
  for (const auto* key : {"rule", "policy", "program", "client_ip"}) out[key] = maybe;
  out["client_port"] = nullable("integer");
  for (const auto* key : {"client_name", "listener", "tls", "helo", "mail_from"}) out[key] = maybe;
  out["rcpt"] = array_of(kTextType);
  out["from_domain"] = maybe;
  out["size"] = nullable("integer");
  out["mta_text"] = maybe;
  return out;
}

// A field that is not wholly known is null, and named in `unavailable` or `in_part`.
SchemaJson facts_by_group(const Schema& facts) {
  SchemaJson groups = SchemaJson::object();
  for (const auto& check : facts.checks())
    for (const auto& field : check.fields) {
      auto& group = groups[std::string(check.group)];
      group["type"] = {"object", "null"};
      auto& property = group["properties"][std::string(field.name)];
      property = or_null(value_of(field));
      property["description"] = field.doc;
    }
  return {{"type", "object"}, {"properties", std::move(groups)}};
}

SchemaJson owner() { return {{"enum", {"world", "ours", "client", nullptr}}}; }

SchemaJson unavailable() {
  return array_of(object_of(
      {{"fact", kTextType}, {"why", nullable("string")}, {"owner", owner()}, {"given_up", kFlagType}}));
}

SchemaJson in_part() {
  return array_of(object_of({{"fact", kTextType},
                             {"why", nullable("string")},
                             {"owner", owner()},
                             {"given_up", kFlagType},
                             {"at_least", nullable("integer")},
                             {"at_most", nullable("integer")},
                             {"has", or_null(array_of(kTextType))},
                             {"open", array_of(kTextType)},
                             {"anything", kFlagType},
                             {"unasked", array_of(kTextType)}}));
}

SchemaJson recipient() {
  return object_of({{"path", nullable("string")},
                    {"mta_address", nullable("string")},
                    {"refused", kFlagType},
                    {"source", nullable("string")},
                    {"status", nullable("string")},
                    {"why", nullable("string")},
                    {"owner", owner()}});
}

SchemaJson observed() {
  const auto list =
      object_of({{"list", nullable("string")},
                 {"zone", nullable("string")},
                 {"of", words_of({"client-ip", "helo", "sender-domain", "client-name", "from-domain"})},
                 {"subject", nullable("string")},
                 {"addresses", array_of(kTextType)},
                 {"trouble", nullable("string")},
                 {"owner", owner()},
                 {"doubt", nullable("string")},
                 {"given_up", kFlagType},
                 {"points", array_of(kTextType)}});
  return object_of({{"recipient", or_null(recipient())},
                    {"accepted", array_of(recipient())},
                    {"lists", array_of(list)},
                    {"dmarc_mode", nullable("string")}});
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
  properties["facts"] = facts_by_group(facts);
  properties["unavailable"] = unavailable();
  properties["in_part"] = in_part();
  properties["observed"] = observed();
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
