#include "milter/auth/dkim/key.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "milter/auth/dkim/key_record.h"
#include "milter/auth/dkim/rsa_key.h"

namespace milter {
namespace {

using Choice = tl::expected<VerifyingKey, std::string>;
using Problem = tl::unexpected<std::string>;

constexpr std::size_t kEd25519Octets = 32;  // RFC 8463 section 4

std::string encode_base64(std::string_view octets) {
  std::string out((octets.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends with NUL
  const auto length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

bool allows(const std::vector<std::string>& list, std::string_view word) {
  return list.empty() || std::find(list.begin(), list.end(), word) != list.end();
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

Choice rsa_key(const DkimKey& key) {
  const auto rsa = read_rsa_key(key.octets);
  if (!rsa) return Problem("the key is no RSA key");
  if (rsa->bits > kMostRsaBits) return Problem(fmt::format("an RSA key of more than {} bits", kMostRsaBits));
  VerifyingKey out{.record = "k=rsa; p=" + encode_base64(rsa->spki), .testing = key.testing};
  if (rsa->bits < kFewestRsaBits) out.weakness = fmt::format("an RSA key of {} bits", rsa->bits);
  return out;
}

Choice ed25519_key(const DkimKey& key) {
  if (key.octets.size() != kEd25519Octets) return Problem("the key is no Ed25519 key");
  return VerifyingKey{.record = "k=ed25519; p=" + encode_base64(key.octets), .testing = key.testing};
}

Choice check(const std::string& text, const DkimSignature& signature) {
  const auto key = parse_key(text);
  if (!key) return Problem("the key record is not valid: " + key.error());
  if (auto problem = unsuitable(*key, signature); !problem.empty()) return Problem(std::move(problem));
  auto choice = key->type == KeyType::rsa ? rsa_key(*key) : ed25519_key(*key);
  if (choice && choice->record.size() > kLongestKeyText) return Problem("the key is too long");
  return choice;
}

// Junk at the name has no p=; a broken key has. "v=DKIM1" alone is a key that forgot it.
bool is_meant_as_key(const std::string& text) {
  return text.starts_with("v=DKIM1") || text.find("p=") != std::string::npos;
}

}  // namespace

tl::expected<VerifyingKey, std::string> choose_key(const Records& answer, const DkimSignature& signature) {
  std::string problem;
  std::size_t seen = 0;
  for (const auto& text : answer.texts) {
    if (!is_meant_as_key(text) || ++seen > kMostKeyRecords) continue;
    auto choice = check(text, signature);
    if (choice) return choice;
    if (problem.empty()) problem = std::move(choice.error());
  }
  return Problem(problem.empty() ? "there is no key record" : problem);
}

}  // namespace milter
