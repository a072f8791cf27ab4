#include "tests/unit/reply/all_facts.h"

namespace policy {
namespace {

FieldDoc field(std::string_view name, Kind kind) { return {name, "", {.kind = kind}}; }
FieldDoc list(std::string_view name, Kind kind) { return {name, "", {.kind = kind}, true}; }

}  // namespace

const Schema& all_facts() {
  static const Schema schema(std::vector<CheckDoc>{
      {"client",
       "client",
       Stage::connect,
       "",
       "",
       {field("ip", Kind::address), field("trusted", Kind::flag)}},
      {"ptr", "client", Stage::connect, "", "", {field("name", Kind::domain), list("names", Kind::domain)}},
      {"helo",
       "helo",
       Stage::helo,
       "",
       "",
       {field("name", Kind::domain), field("given", Kind::text), field("problem", Kind::text)}},
      {"sender",
       "sender",
       Stage::mail,
       "",
       "",
       {field("address", Kind::mailbox), field("domain", Kind::domain), list("mx", Kind::domain),
        list("mx_address", Kind::address), field("problem", Kind::text), field("syntax", Kind::text)}},
      {"recipient",
       "recipient",
       Stage::rcpt,
       "",
       "",
       {field("address", Kind::mailbox), field("domain", Kind::domain), field("problem", Kind::text)}},
      {"dnsbl",
       "dnsbl",
       Stage::connect,
       "",
       "",
       {list("names", Kind::text), list("means", Kind::text), field("lookup", Kind::text)}},
      {"spf",
       "spf",
       Stage::mail,
       "",
       "",
       {field("result", Kind::word), field("domain", Kind::domain), field("term", Kind::text),
        field("problem", Kind::text)}},
      {"dkim",
       "dkim",
       Stage::message,
       "",
       "",
       {field("result", Kind::word), field("domain", Kind::domain), field("selector", Kind::domain),
        field("detail", Kind::text), field("weak", Kind::text)}},
      {"dmarc",
       "dmarc",
       Stage::message,
       "",
       "",
       {field("result", Kind::word), field("domain", Kind::domain), field("policy", Kind::word)}},
      {"from", "from", Stage::headers, "", "", {field("domain", Kind::domain), field("problem", Kind::text)}},
      {"headers", "headers", Stage::headers, "", "", {field("problem", Kind::text)}},
      {"message",
       "message",
       Stage::message,
       "",
       "",
       {field("size", Kind::number), field("received", Kind::number)}},
  });
  return schema;
}

}  // namespace policy
