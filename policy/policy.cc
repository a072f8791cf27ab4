#include "policy/policy.h"

#include <algorithm>

#include "policy/domain.h"

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
