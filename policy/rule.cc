#include "policy/rule.h"

namespace policy {

std::string_view to_text(Action action) {
  switch (action) {
    case Action::pass:
      return "pass";
    case Action::accept:
      return "accept";
    case Action::defer:
      return "defer";
    case Action::reject:
      return "reject";
  }
  return "?";
}

std::string_view to_text(Mode mode) { return mode == Mode::enforce ? "enforce" : "monitor"; }

}  // namespace policy
