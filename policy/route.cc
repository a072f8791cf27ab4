#include "policy/route.h"

#include <optional>
#include <utility>

#include "policy/domain.h"
#include "policy/domain_form.h"

namespace policy {
namespace {

Destination followed(Path path, const Policy& policy) {
  path = followed_path(std::move(path), policy);
  const bool ours = path.domain.empty() ? is_role(path, policy) : is_domain_of_ours(path.domain, policy);
  return {std::move(path), ours};
}

// {rcpt_addr} as a destination; nullopt: it names no domain. In a local domain the MTA has the last
// word: what it left of a % or ! is a letter. Mail for a relay domain goes on to another host that may
// still follow them, so we do (Postfix calls this allow_untrusted_routing). A source route that the MTA
// kept is followed likewise.
std::optional<Destination> by_mta(const MtaWord& mta, const Policy& policy) {
  const auto path = in_a_labels(split_address(mta.address));
  if (path.domain.empty() || !path.problem.empty()) return std::nullopt;
  if (path.routed && policy.is_ours(path.domain)) return followed(parse_path(mta.address), policy);
  if (path.routed) return Destination{path, false};
  if (policy.is_local(path.domain)) return Destination{path, true};
  return followed(path, policy);
}

}  // namespace

Path in_a_labels(Path path) {
  if (auto name = to_a_labels(path.domain); !name.empty()) path.domain = std::move(name);
  return path;
}

bool is_domain_of_ours(std::string_view domain, const Policy& policy) {
  return is_host_name(domain) && policy.is_ours(domain);
}

Path followed_path(Path path, const Policy& policy) {
  return in_a_labels(
      resolve(std::move(path), [&](std::string_view domain) { return is_domain_of_ours(domain, policy); }));
}

Destination destination(const Path& asked, const MtaWord& mta, const Policy& policy) {
  const bool ours = asked.literal ? policy.is_ours(asked.domain) : is_domain_of_ours(asked.domain, policy);
  if (is_plain(asked) && ours) return {asked, true};
  if (asked.domain.empty() && is_plain(asked) && is_role(asked, policy)) return {asked, true};
  // Of a longer one we may hold a piece only (kLongestWireText), and its end is not where the mail would go.
  const bool mta_speaks = !mta.refused && !mta.address.empty() && mta.address.size() <= kLongestPath;
  if (mta_speaks)
    if (auto resolved = by_mta(mta, policy)) return *std::move(resolved);
  auto own = followed(asked, policy);
  const bool local_user = mta_speaks && mta.address.find('@') == std::string_view::npos;
  if (local_user && own.path.domain.empty() && !own.path.null) own.ours = true;
  return own;
}

}  // namespace policy
