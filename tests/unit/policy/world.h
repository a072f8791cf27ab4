// Observations and policies for tests of what derive() makes of them.
#pragma once
#include <string>

#include "policy/derive.h"

namespace policy {

inline const Host kHost{"mx.example.net"};

// A blocklist of client addresses with one code, 127.0.0.2, of that weight.
inline List blocklist(const std::string& id, int weight = 4) {
  return {.id = id,
          .name = id,
          .zone = id + ".example",
          .codes = {{*Address::parse("127.0.0.2"), *Address::parse("127.0.0.2"), "spam", weight}}};
}

inline List allowlist(const std::string& id) {
  auto list = blocklist(id, 0);
  list.allow = true;
  return list;
}

inline ListAsked asked(const List& list, TextList addresses) {
  return {.list = list.id,
          .zone = zone_hash(list.zone, kHost),
          .of = list.of,
          .subject = "192.0.2.1",
          .addresses = std::move(addresses)};
}

inline ListAsked silent(const List& list) {
  auto out = asked(list, {});
  out.trouble = "time-out";
  return out;
}

// What nobody knows whether to believe: its test point failed.
inline ListAsked doubted(const List& list) {
  auto out = asked(list, {});
  out.doubt = "test point 127.0.0.2: SERVFAIL";
  return out;
}

inline FactSet derived(const Policy& policy, Observed observed) {
  derive(policy, kHost, observed);
  return observed.facts;
}

}  // namespace policy
