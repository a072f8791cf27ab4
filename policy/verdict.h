// What decide() answers. Pure values.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "policy/rule.h"

namespace policy {

enum class Truth { no, yes, unknown, not_asked };  // ascending need to look further
std::string_view to_text(Truth truth);             // "no", "yes", "unknown", "not asked"

// One rule that was looked at.
struct Considered {
  std::string rule;
  Truth truth = Truth::no;
  std::string path;       // the condition that settled it; "" when all hold
  std::string exception;  // the exception that let the mail past it, or ""
  bool operator==(const Considered&) const = default;
};

// A rule in monitor mode that would have decided.
struct Monitored {
  std::string rule;
  Action action = Action::reject;
  std::string reason;
  bool operator==(const Monitored&) const = default;
};

struct Verdict {
  Action action = Action::pass;
  std::string rule;                  // "" when no rule decided
  std::string reason;                // catalogue id for defer and reject, else ""
  std::string unknown;               // the path whose being unknown made this a deferral, or ""
  std::vector<Considered> trace;     // every rule looked at, in order
  std::vector<Monitored> monitored;  // in order; the first is what enforcing would have done
  bool operator==(const Verdict&) const = default;

  // The exceptions that changed something, in order of their use.
  std::vector<std::string> exceptions() const;
};

// The policy cannot go on without these checks: all it can name at once, each once, sorted. Of a check of DNS lists
// each list by itself: "dnsbl:zen".
struct Need {
  std::vector<std::string> checks;
  bool operator==(const Need&) const = default;
};

using Step = std::variant<Verdict, Need>;

}  // namespace policy
