#include "milter/auth/dkim/key.h"

#include <fmt/format.h>

#include <algorithm>

#include "milter/auth/dkim/key_cache.h"
#include "milter/auth/dkim/tag_list.h"
#include "policy/text.h"

namespace milter {
namespace {

bool allows(const std::vector<std::string>& list, std::string_view word) {
  return list.empty() || std::any_of(list.begin(), list.end(), [word](const std::string& listed) {
           return policy::same_name(listed, word);
         });
}

// RFC 6376 6.1.2, RFC 8463: what the record says about its own use; "" when this signature may use it.
std::string unsuitable(const DkimKey& key, const DkimSignature& signature) {
  const bool wants_rsa = signature.algorithm != SigningAlgorithm::ed25519_sha256;
  if ((key.type == KeyType::rsa) != wants_rsa) return "the key is of another kind than the signature";
  if (key.octets.empty()) return "the key is revoked";
  const std::string_view hash = signature.algorithm == SigningAlgorithm::rsa_sha1 ? "sha1" : "sha256";
  if (!allows(key.hashes, hash)) return fmt::format("the key does not allow {}", hash);
  if (!allows(key.services, "email") && !allows(key.services, "*")) return "the key is not for mail";
  if (key.strict_identity && signature.identity_domain != signature.domain)
    return "the key does not allow an identity below its domain";
  return {};
}

// Why `key` is not to be used for `signature`; an empty problem: it is.
NoKey objection(const PublicKey& key, const std::string& text, const DkimSignature& signature) {
  if (!key.invalid().empty())
    return {.problem = "the key record is not valid: " + key.invalid(), .unread = text};
  if (auto problem = unsuitable(key.terms(), signature); !problem.empty())
    return {.problem = std::move(problem)};
  return {.problem = key.unusable()};
}

// Junk at the name has no p=; a broken key has. "v=DKIM1" alone is a key that forgot it.
bool is_meant_as_key(const std::string& text) {
  if (text.starts_with("v=DKIM1")) return true;
  for (auto equals = text.find('='); equals != std::string::npos; equals = text.find('=', equals + 1)) {
    auto before = equals;
    while (before > 0 && is_fold_space(text[before - 1])) --before;
    if (before > 0 && text[before - 1] == 'p') return true;
  }
  return false;
}

}  // namespace

tl::expected<std::shared_ptr<const PublicKey>, NoKey> choose_key(const Records& answer,
                                                                 const DkimSignature& signature) {
  NoKey first;
  std::size_t seen = 0;
  for (const auto& text : answer.texts) {
    if (!is_meant_as_key(text) || ++seen > kMostKeyRecords) continue;
    auto key = shared_keys().get(text);
    auto against = objection(*key, text, signature);
    if (against.problem.empty()) return key;
    if (first.problem.empty()) first = std::move(against);
  }
  if (first.problem.empty()) first.problem = "there is no key record";
  return tl::unexpected<NoKey>(std::move(first));
}

}  // namespace milter
