#include "policy/policy.h"

#include <algorithm>

#include "policy/domain.h"
#include "policy/verdict.h"

namespace policy {

const Rule* Policy::rule(std::string_view id) const {
  const auto it = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.id == id; });
  return it == rules.end() ? nullptr : &*it;
}

const List* Policy::list(std::string_view id) const {
  const auto it = std::find_if(lists.begin(), lists.end(), [&](const List& l) { return l.id == id; });
  return it == lists.end() ? nullptr : &*it;
}

bool Policy::is_local(std::string_view domain) const { return matches_any(domain, domains.local); }

bool Policy::is_ours(std::string_view domain) const {
  return is_local(domain) || matches_any(domain, domains.relay);
}

std::vector<std::string> Verdict::exceptions() const {
  std::vector<std::string> out;
  for (const auto& considered : trace)
    if (!considered.exception.empty() && std::find(out.begin(), out.end(), considered.exception) == out.end())
      out.push_back(considered.exception);
  return out;
}

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

std::string_view to_text(Truth truth) {
  switch (truth) {
    case Truth::no:
      return "no";
    case Truth::yes:
      return "yes";
    case Truth::unknown:
      return "unknown";
    case Truth::not_asked:
      return "not asked";
  }
  return "?";
}

std::string_view to_text(ListOf of) {
  switch (of) {
    case ListOf::client_ip:
      return "client-ip";
    case ListOf::helo:
      return "helo";
    case ListOf::sender_domain:
      return "sender-domain";
    case ListOf::client_name:
      return "client-name";
    case ListOf::from_domain:
      return "from-domain";
  }
  return "?";
}

}  // namespace policy
