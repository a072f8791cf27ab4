#include "policy/schemas/files.h"

namespace policy {
namespace {

constexpr std::string_view kFlag = R"({"type":"boolean"})";
constexpr std::string_view kTime = R"({"type":"string","pattern":"^[0-9]+(s|ms)$"})";

constexpr std::array kDaemonKeys{
    KeyDoc{"socket", "where the mail server finds us: unix:PATH or inet:PORT@HOST",
           R"({"type":"string","pattern":"^(unix|local|inet|inet6):.+$"})"},
    KeyDoc{"socket_mode", "of a unix socket, in quotes: \"0660\"",
           R"({"type":"string","pattern":"^0?[0-7]{3}$"})"},
    KeyDoc{"socket_group", "of a unix socket", kText},
    KeyDoc{"backlog", "connections that may wait to be taken",
           R"({"type":"integer","minimum":1,"maximum":65535})"},
    KeyDoc{"user", "whom to run as", kText},
    KeyDoc{"policy", "the policy file; relative to this file", kText},
    KeyDoc{"replies", "the file with your own texts; relative to this file", kText},
    KeyDoc{"resolvers", "addresses of DNS resolvers; none: those of the host",
           R"({"type":["array","null"],"items":{"type":"string"}})"},
    KeyDoc{"budgets", "how long a decision may wait for answers", R"({"$ref":"#/$defs/budgets"})"},
    KeyDoc{"drain", "how long sessions may finish at the end", kTime},
    KeyDoc{"log", "where decisions are written", R"({"$ref":"#/$defs/log"})"},
    KeyDoc{"headers", "what accepted mail carries", R"({"$ref":"#/$defs/headers"})"},
    KeyDoc{"state", "folder of what must outlive the program: which recipients vanished when", kText},
    KeyDoc{"metrics", "ADDRESS:PORT for Prometheus; empty: off", R"({"type":["string","null"]})"},
};
constexpr std::array kBudgetKeys{KeyDoc{"rcpt", "at each recipient", kTime},
                                 KeyDoc{"message", "at the end of the message", kTime}};
constexpr std::array kLogKeys{
    KeyDoc{"file", "JSON lines; opened anew on SIGHUP", kText},
    KeyDoc{"stdout", "JSON lines on standard output", kFlag},
    KeyDoc{"journal", "JSON lines in the journal", kFlag},
    KeyDoc{"syslog", "one short line each", kFlag},
    KeyDoc{"accepted", "how much is kept of accepted mail", R"({"enum":["facts","brief","none"]})"},
};
constexpr std::array kHeaderKeys{
    KeyDoc{"authentication_results", "Authentication-Results, RFC 8601", kFlag},
    KeyDoc{"received_spf", "Received-SPF, RFC 7208", kFlag},
    KeyDoc{"quarantine", "the field that marks mail which its domain wants in quarantine; empty: none",
           R"({"type":["string","null"],"pattern":"^[!-9;-~]*$"})"},
};

constexpr std::array kReplyKeys{
    KeyDoc{"code", "4xx or 5xx", R"({"type":"integer","minimum":400,"maximum":599})"},
    KeyDoc{"enhanced", "of the same class, RFC 3463",
           R"({"type":"string","pattern":"^[45]\\.[0-9]{1,3}\\.[0-9]{1,3}$"})"},
    KeyDoc{"temporary", "code and enhanced code of a deferral",
           R"({"type":"string","pattern":"^4[0-9]{2} 4\\.[0-9]{1,3}\\.[0-9]{1,3}$"})"},
    KeyDoc{"actor", "who can do something about it",
           R"({"enum":["none","sender","sender-admin","domain-admin","recipient","recipient-admin"]})"},
    KeyDoc{"category", "what it is about",
           R"({"enum":["recipient","system","client","sender","auth","message"]})"},
    KeyDoc{"text", "1 to 4 lines; the last one has ref={ref}",
           R"({"type":"array","minItems":1,"maxItems":4,"items":{"type":"string"}})"},
    KeyDoc{"fallback", "one line without placeholders", kText},
    KeyDoc{"help", "Markdown of the help page", kText},
    KeyDoc{"sample", "facts for documentation and tests", R"({"$ref":"#/$defs/facts"})"},
};
constexpr std::array kRepliesKeys{
    KeyDoc{"version", "the version of this format", R"({"const":1})"},
    KeyDoc{
        "replies", "by reason",
        R"({"type":"object","propertyNames":{"$ref":"#/$defs/reason"},"additionalProperties":{"$ref":"#/$defs/reply"}})"},
};

constexpr std::array kCaseFileKeys{
    KeyDoc{"version", "the version of this format", R"({"const":1})"},
    KeyDoc{"policy", "a policy, or the path of one; default: the shipped policy",
           R"({"type":["object","string"]})"},
    KeyDoc{"zone", "the DNS of all tests", R"({"$ref":"#/$defs/zone"})"},
    KeyDoc{"tests", "the cases", R"({"type":"array","items":{"$ref":"#/$defs/test"}})"},
};

// A record type: one item, a list of them, or what its lookup ends in.
constexpr std::array kZoneKeys{
    KeyDoc{"A", "addresses", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"AAAA", "addresses", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"MX", R"("10 host"; the null MX is "0 .")", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"TXT", "one item is one record", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"PTR", "names", R"({"$ref":"#/$defs/items"})"},
    KeyDoc{"CNAME", "the other name; then nothing else", kText},
};

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
