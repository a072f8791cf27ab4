// Rules as data: what a policy file says, after load() has checked every word of it. Pure values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "policy/address.h"
#include "policy/diagnostic.h"
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
  std::string path;   // "spf.result"
  std::string check;  // "spf": who can tell, from the schema
  Test test;
  bool negated = false;  // not: no element passes
  bool implied = false;  // not written by the admin: a rule that is never broken (see load.h)
  // The path of a list whose elements may yet be in this one ("dkim.unanswered"): if one of them would pass
  // the test and no element here does, nobody knows. "" is none.
  std::string open;
  std::string doubt;  // the value that counts as unknown, unless `test` names it ("temperror"); "" is none
  std::string doubt_reason;  // catalogue id when a deferral is because this is unknown
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
  Place at;
};

// What lets mail past some rules. Applied in one place, decide(). Its expiry is a condition too (on
// clock.unix).
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
