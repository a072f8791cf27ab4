#include "policy/schemas/record.h"

#include <array>
#include <span>

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

struct KeyText {
  std::string_view path, text;  // "unavailable.fact": below a mapping, or the items of a list
};
constexpr std::array kTexts{
    KeyText{"v", "the version of this form"},
    KeyText{"ts", "when: RFC 3339, UTC, with milliseconds"},
    KeyText{"event",
            "what came of it; would-...: a rule that only monitors; mta-reject: the mail server itself"},
    KeyText{"ref", "what the reply prints as ref="},
    KeyText{"session", "one for each connection"},
    KeyText{"transaction", "of the session, from 1: joins a message to its recipients"},
    KeyText{"queue_id", "the mail server's, once it has one"},
    KeyText{"message_id", "of the header field, without its brackets"},
    KeyText{"host", "site.name, or the name of the host"},
    KeyText{"stage", "when it was decided"},
    KeyText{"reason", "what was said; null for an accept"},
    KeyText{"code", "of the reply: 4xx, 5xx"},
    KeyText{"enhanced", "the enhanced code, RFC 3463"},
    KeyText{"reply", "the text lines, without codes"},
    KeyText{"actor", "who can do something about it"},
    KeyText{"mode", "monitor: the mail went on"},
    KeyText{"rule", "the rule that decided"},
    KeyText{"policy", "fingerprint of the policy, as check prints it"},
    KeyText{"program", "the version that decided"},
    KeyText{"client_ip", "the address that connected"},
    KeyText{"client_port", "its port"},
    KeyText{"client_name", "its name by DNS"},
    KeyText{"listener", "which port of the mail server took the connection"},
    KeyText{"tls", "version of the protocol; empty: in the clear"},
    KeyText{"helo", "what the client called itself"},
    KeyText{"mail_from", "the envelope sender; empty: the null sender"},
    KeyText{"rcpt", "one recipient at rcpt, all accepted ones at message"},
    KeyText{"from_domain", "of the From field"},
    KeyText{"size", "of the message, in octets"},
    KeyText{"mta_text", "what the mail server said, with event mta-reject"},
    KeyText{"facts", "what was known, by group; fivefifty-policy(5) has them all"},
    KeyText{"unavailable", "facts that could not be found out"},
    KeyText{"unavailable.fact", "which: group.name"},
    KeyText{"unavailable.why", "what went wrong"},
    KeyText{"unavailable.owner", "whose doing it is; client: more than a bound of ours allows"},
    KeyText{"unavailable.given_up", "only lists that have not counted for lists_give_up are in doubt"},
    KeyText{"in_part", "facts that are known in part: what they may still be"},
    KeyText{"in_part.fact", "which: group.name"},
    KeyText{"in_part.why", "what went wrong"},
    KeyText{"in_part.owner", "whose doing it is"},
    KeyText{"in_part.given_up", "as in unavailable"},
    KeyText{"in_part.at_least", "of a number"},
    KeyText{"in_part.at_most", "of a number"},
    KeyText{"in_part.has", "of a list: what is in it for sure"},
    KeyText{"in_part.open", "of a list or a word: what it may be besides"},
    KeyText{"in_part.anything", "it may be anything else, too"},
    KeyText{"in_part.unasked", "lists that were not asked"},
    KeyText{"observed", "what was seen before the policy was applied: replay begins with it"},
    KeyText{"observed.recipient", "the recipient of this decision"},
    KeyText{"observed.accepted", "recipients of the message that were accepted before"},
    KeyText{"observed.lists", "what each DNS list answered"},
    KeyText{"observed.dmarc_mode", "settings.dmarc.mode at the time"},
    KeyText{"verdict", "what the policy said, monitored rules aside"},
    KeyText{"verdict.action", "what it does"},
    KeyText{"verdict.rule", "the rule that decided"},
    KeyText{"verdict.reason", "what it said"},
    KeyText{"verdict.unknown", "the fact that was not known, if that decided"},
    KeyText{"trace", "the rules that were looked at, in order"},
    KeyText{"trace.rule", "which"},
    KeyText{"trace.truth", "whether its conditions held"},
    KeyText{"trace.path", "the fact that settled it"},
    KeyText{"trace.exception", "the exception that let the mail past it"},
    KeyText{"monitored", "rules with mode monitor that would have decided"},
    KeyText{"monitored.rule", "which"},
    KeyText{"monitored.action", "what it would have done"},
    KeyText{"monitored.reason", "what it would have said"},
    KeyText{"exceptions", "those that let this mail past a rule"},
    KeyText{"millis", "time spent, by check, in milliseconds"},
    KeyText{"dropped", "parts that this line had no room for"},
    KeyText{"truncated", "whether a value was cut at a bound of the line"},
};
constexpr std::array kRecipientTexts{
    KeyText{"path", "as the client wrote it"},
    KeyText{"mta_address", "as the mail server sees it"},
    KeyText{"refused", "whether the mail server refused it itself"},
    KeyText{"source", "which source of mailboxes was asked"},
    KeyText{"status", "what it said"},
    KeyText{"why", "what went wrong"},
    KeyText{"owner", "whose doing that is"},
};
constexpr std::array kListTexts{
    KeyText{"list", "its id in the policy"},
    KeyText{"zone", "where it was asked, keys left out"},
    KeyText{"of", "what it was asked about"},
    KeyText{"subject", "the address or name"},
    KeyText{"addresses", "the return codes"},
    KeyText{"trouble", "why there is no answer"},
    KeyText{"owner", "whose doing that is"},
    KeyText{"doubt", "why its answers do not count"},
    KeyText{"forced", "force: on, so that nobody looked at its test points"},
    KeyText{"given_up", "for longer than lists_give_up"},
    KeyText{"points", "what its test points answered"},
};

// Each text into the key that it is about: through mappings and the items of lists.
void describe(std::span<const KeyText> texts, SchemaJson& properties) {
  for (const auto& [path, text] : texts) {
    auto* in = &properties;
    auto name = path;
    for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
      auto& outer = in->at(std::string(name.substr(0, dot)));
      in = &(outer.contains("items") ? outer["items"] : outer).at("properties");
      name.remove_prefix(dot + 1);
    }
    in->at(std::string(name))["description"] = text;
  }
}

// Greppable, in the order in which they are written.
SchemaJson flat() {
  const auto maybe = nullable("string");
  SchemaJson out;
  out["v"] = {{"const", kRecordVersion}};
  out["ts"] = maybe;
  out["event"] = words_of({"accept", "reject", "defer", "would-reject", "would-defer", "mta-reject"});
  for (const auto* key : {"ref", "session"}) out[key] = maybe;
  out["transaction"] = nullable("integer");
  for (const auto* key : {"queue_id", "message_id", "host"}) out[key] = maybe;
  out["stage"] = {{"enum", kStageNames}};
  out["reason"] = maybe;
  out["code"] = {{"type", {"integer", "null"}}, {"minimum", 400}, {"maximum", 599}};
  out["enhanced"] = {{"type", {"string", "null"}}, {"pattern", "^[245]\\.[0-9]{1,3}\\.[0-9]{1,3}$"}};
  out["reply"] = array_of(kTextType);
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
  auto out = object_of({{"path", nullable("string")},
                        {"mta_address", nullable("string")},
                        {"refused", kFlagType},
                        {"source", nullable("string")},
                        {"status", nullable("string")},
                        {"why", nullable("string")},
                        {"owner", owner()}});
  describe(kRecipientTexts, out["properties"]);
  return out;
}

SchemaJson observed() {
  auto list =
      object_of({{"list", nullable("string")},
                 {"zone", nullable("string")},
                 {"of", words_of({"client-ip", "helo", "sender-domain", "client-name", "from-domain"})},
                 {"subject", nullable("string")},
                 {"addresses", array_of(kTextType)},
                 {"trouble", nullable("string")},
                 {"owner", owner()},
                 {"doubt", nullable("string")},
                 {"forced", kFlagType},
                 {"given_up", kFlagType},
                 {"points", array_of(kTextType)}});
  describe(kListTexts, list["properties"]);
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
  describe(kTexts, properties);
  return object_of(std::move(properties));
}

}  // namespace policy
