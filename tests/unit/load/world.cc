#include "world.h"

namespace policy {
namespace {

FieldDoc flag(std::string_view name) { return {name, "yes or no", {.kind = Kind::flag}}; }
FieldDoc number(std::string_view name) { return {name, "a number", {.kind = Kind::number}}; }
FieldDoc field(std::string_view name, Kind kind) { return {name, "a text", {.kind = kind}}; }
FieldDoc word(std::string_view name, std::array<std::string_view, 10> words) {
  return {name, "a word", {.kind = Kind::word, .words = words}};
}
FieldDoc evidence(std::string_view name) { return {name, "explains", {.evidence = true}}; }
FieldDoc lists(std::string_view name) { return {name, "a list", {.derived = true, .lists = true}, true}; }
FieldDoc list_of(std::string_view name, Kind kind) { return {name, "a list", {.kind = kind}, true}; }

CheckDoc client() {
  return {.name = "client",
          .group = "client",
          .since = Stage::connect,
          .doubt_reason = "filter-error",
          .fields = {field("ip", Kind::address), flag("trusted"), flag("authenticated"),
                     field("user", Kind::text)}};
}

CheckDoc ptr() {
  return {.name = "ptr",
          .group = "client",
          .since = Stage::connect,
          .doubt_reason = "dns-failure",
          .fields = {field("name", Kind::domain), word("fcrdns", {"pass", "missing", "mismatch"})}};
}

CheckDoc helo() {
  return {.name = "helo",
          .group = "helo",
          .since = Stage::helo,
          .doubt_reason = "filter-error",
          .fields = {field("name", Kind::domain), flag("valid"), field("problem", Kind::text), flag("ours")}};
}

CheckDoc sender() {
  return {.name = "sender",
          .group = "sender",
          .since = Stage::mail,
          .doubt_reason = "dns-failure",
          .fields = {field("address", Kind::mailbox), field("domain", Kind::domain), flag("exists"),
                     flag("null_mx"), field("problem", Kind::text)}};
}

CheckDoc recipient() {
  return {.name = "recipient",
          .group = "recipient",
          .since = Stage::rcpt,
          .doubt_reason = "directory-failure",
          .fields = {field("address", Kind::mailbox), field("domain", Kind::domain), flag("ours"),
                     word("status", {"known", "unknown", "full", "disabled", "maintenance"}), flag("role"),
                     flag("mta_refused")}};
}

CheckDoc dnsbl(std::string_view name, Stage since) {
  return {.name = name,
          .group = name,
          .since = since,
          .doubt_reason = "dns-failure",
          .fields = {lists("listed"),
                     {"weight", "a number", {.kind = Kind::number, .derived = true, .lists = true}},
                     lists("codes"),
                     lists("allowed"),
                     evidence("problems")}};
}

CheckDoc spf() {
  return {.name = "spf",
          .group = "spf",
          .since = Stage::mail,
          .doubt_reason = "spf-temperror",
          .fields = {word("result", {"pass", "fail", "softfail", "neutral", "none", "permerror"}),
                     field("domain", Kind::domain), evidence("term"), number("lookups")}};
}

CheckDoc dkim() {
  return {.name = "dkim",
          .group = "dkim",
          .since = Stage::message,
          .doubt_reason = "dkim-temperror",
          .fields = {word("result", {"pass", "fail", "permerror", "none"}), list_of("passed", Kind::domain)}};
}

CheckDoc dmarc() {
  return {.name = "dmarc",
          .group = "dmarc",
          .since = Stage::message,
          .doubt_reason = "dmarc-temperror",
          .fields = {word("result", {"pass", "fail", "permerror", "none"}), field("domain", Kind::domain),
                     word("disposition", {"none", "quarantine", "reject"})}};
}

CheckDoc from() {
  return {.name = "from",
          .group = "from",
          .since = Stage::headers,
          .doubt_reason = "filter-error",
          .fields = {field("domain", Kind::domain), field("problem", Kind::text)}};
}

CheckDoc headers() {
  return {.name = "headers",
          .group = "headers",
          .since = Stage::headers,
          .doubt_reason = "filter-error",
          .fields = {flag("too_many"), field("problem", Kind::text)}};
}

CheckDoc message() {
  return {.name = "message",
          .group = "message",
          .since = Stage::message,
          .doubt_reason = "filter-error",
          .fields = {flag("role"), number("size")}};
}

CheckDoc clock() {
  return {.name = "clock",
          .group = "clock",
          .since = Stage::connect,
          .doubt_reason = "filter-error",
          .fields = {number("unix"), number("hour")}};
}

CheckDoc dice() {
  return {.name = "dice",
          .group = "dice",
          .since = Stage::connect,
          .doubt_reason = "filter-error",
          .fields = {number("roll")}};
}

}  // namespace

const Schema& test_schema() {
  static const Schema schema({client(), ptr(), helo(), sender(), recipient(), dnsbl("dnsbl", Stage::connect),
                              dnsbl("dnsbl_from", Stage::headers), spf(), from(), dkim(), dmarc(), headers(),
                              message(), clock(), dice()});
  return schema;
}

const Catalogue& test_catalogue() {
  static const auto catalogue = [] {
    Catalogue out;
    for (const auto* id :
         {"relay-denied", "recipient-unknown", "recipient-disabled", "dnsbl-listed", "rdns-missing",
          "rdns-mismatch", "helo-invalid", "helo-forged", "sender-domain-missing", "sender-null-mx",
          "spf-fail", "spf-permerror", "dkim-fail", "dmarc-reject", "client-blocked", "sender-blocked",
          "from-header-invalid", "header-too-large"})
      out[id].code = 550;
    for (const auto* id :
         {"backend-maintenance", "mailbox-full", "dns-failure", "directory-failure", "spf-temperror",
          "dkim-temperror", "dmarc-temperror", "filter-error", "greylisted"})
      out[id].code = 451;
    return out;
  }();
  return catalogue;
}

Loaded<Policy> load_text(std::string_view text, std::int64_t now) {
  return load_policy({text, "policy.yaml"}, test_schema(), test_catalogue(), now);
}

}  // namespace policy
