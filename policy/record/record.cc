#include "policy/record/record.h"

#include <algorithm>

namespace policy {

std::string_view to_text(Event event) {
  switch (event) {
    case Event::accept:
      return "accept";
    case Event::reject:
      return "reject";
    case Event::defer:
      return "defer";
    case Event::would_reject:
      return "would-reject";
    case Event::would_defer:
      return "would-defer";
    case Event::mta_reject:
      return "mta-reject";
  }
  return "?";
}

Event event_of(const Verdict& verdict) {
  if (verdict.action == Action::reject) return Event::reject;
  if (verdict.action == Action::defer) return Event::defer;
  if (verdict.monitored.empty()) return Event::accept;
  switch (verdict.monitored.front().action) {
    case Action::reject:
      return Event::would_reject;
    case Action::defer:
      return Event::would_defer;
    case Action::pass:
    case Action::accept:
      break;
  }
  return Event::accept;
}

bool has_dropped(const Record& record, std::string_view part) {
  return std::find(record.dropped.begin(), record.dropped.end(), part) != record.dropped.end();
}

}  // namespace policy
