// Rules as data: what a policy file says, after load() has checked every word of it. Pure values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "policy/address.h"
#include "policy/diagnostic.h"
#include "policy/field_path.h"
#include "policy/stage.h"

namespace policy {

enum class Action { pass, accept, defer, reject };  // pass: no rule decided
enum class Mode { enforce, monitor };
enum class IfUnknown { skip, defer };

std::string_view to_text(Action action);  // "pass", "accept", "defer", "reject"
std::string_view to_text(Mode mode);      // "enforce", "monitor"

// The tests of a condition. On a list-valued fact a test holds if any element passes it.
struct IsFlag {
  bool value = true;
  bool operator==(const IsFlag&) const = default;
};
struct OneOf {
  std::vector<std::string> texts;  // equal but for ASCII case; "" matches the empty text
  bool operator==(const OneOf&) const = default;
};
struct InNetworks {
  std::vector<Network> networks;
  bool operator==(const InNetworks&) const = default;
};
struct MatchesDomains {
  std::vector<std::string> patterns;  // "example.net", "*.example.net"
  bool operator==(const MatchesDomains&) const = default;
};
struct Compares {
  enum class Op { less, at_most, equal, at_least, more };
  Op op = Op::equal;
  std::int64_t number = 0;
  bool operator==(const Compares&) const = default;
};
using Test = std::variant<IsFlag, OneOf, InNetworks, MatchesDomains, Compares>;

struct Condition {
  FieldPath path;     // "spf.result"
  std::string check;  // "spf": who can tell, from the schema
  Test test;
  bool negated = false;  // not: no element passes
  bool implied = false;  // not written by the admin: a rule that is never broken (see load.h)
  // Of a fact that DNS lists tell: ids of those whose answers matter to this test. Only they are asked for it.
  std::vector<std::string> lists;
  bool nobody_to_ask = false;  // it is such a fact, and no list's answer can matter: as if none said anything
  std::string doubt_reason;    // catalogue id when a deferral is because this is unknown
  Place at;
};

struct Rule {
  std::string id;
  Stage stage = Stage::rcpt;
  std::vector<Condition> when;     // all must hold; none: always
  Action action = Action::reject;  // accept, defer or reject
  std::string reason;              // catalogue id; "" for accept
  Mode mode = Mode::enforce;
  IfUnknown if_unknown = IfUnknown::skip;
  bool always = false;  // an accept above does not keep it from being looked at
  Place at;

  bool refuses() const { return action == Action::reject || action == Action::defer; }
};

// What lets mail past some rules. Applied in one place, decide(). Its expiry is a condition
// too (on clock.unix).
struct Exception {
  std::string id;
  std::vector<Condition> when;    // all must hold
  std::vector<std::string> skip;  // rule ids or reasons
  std::string because, owner;
  std::optional<std::int64_t>
      expires;  // seconds since 1970, the first moment at which it no longer works; empty: never
  Place at;
};

}  // namespace policy
