// A recipient as the policy's domains are written, and whom the mail would really go to. Pure; any thread.
#pragma once
#include <string_view>
#include <utility>

#include "milter/mail/domain_form.h"
#include "milter/mail/path.h"
#include "policy/domain.h"

namespace milter {

// The domain as A-labels where it is a name: with SMTPUTF8 (RFC 6531) it may come as UTF-8.
inline Path in_a_labels(Path path) {
  if (auto name = to_a_labels(path.domain); !name.empty()) path.domain = std::move(name);
  return path;
}

// Local or relay. What is no name is nobody's, whatever its end looks like: "*.example.net" does not match
// "far.example:.example.net".
inline bool is_domain_of_ours(std::string_view domain, const policy::Policy& policy) {
  return policy::is_host_name(domain) && policy.is_ours(domain);
}

// Along all routes that lead through domains of ours.
inline Path followed_path(Path path, const policy::Policy& policy) {
  return in_a_labels(
      resolve(std::move(path), [&](std::string_view domain) { return is_domain_of_ours(domain, policy); }));
}

}  // namespace milter
