#include "milter/auth/dkim/public_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "milter/auth/dkim/rsa_key.h"

namespace milter {
namespace {

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

constexpr std::size_t kEd25519Octets = 32;  // RFC 8463 section 4

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> number(std::string_view big_endian) {
  return Owned<BIGNUM>(BN_bin2bn(octets(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

// Null: OpenSSL does not take these numbers.
Owned<EVP_PKEY> rsa_from(const RsaKey& key) {
  const auto n = number(key.modulus);
  const auto e = number(key.exponent);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* out = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &out, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return Owned<EVP_PKEY>(out);
}

bool rsa_verifies(EVP_PKEY* key, const EVP_MD* hash, std::string_view digest, std::string_view value) {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1 &&
         EVP_PKEY_verify(context.get(), octets(value), value.size(), octets(digest), digest.size()) == 1;
}

bool ed25519_verifies(EVP_PKEY* key, std::string_view digest, std::string_view value) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), octets(value), value.size(), octets(digest), digest.size()) == 1;
}

std::string encode_base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends with NUL
  const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), octets(text),
                                      static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

}  // namespace

struct PublicKey::Handle {
  Owned<EVP_PKEY> key;
};

PublicKey::PublicKey(std::string_view record) {
  auto parsed = parse_key(record);
  if (!parsed) {
    invalid_ = std::move(parsed.error());
    return;
  }
  terms_ = std::move(*parsed);
  if (terms_.octets.empty()) return;
  if (terms_.type == KeyType::rsa)
    make_rsa();
  else
    make_ed25519();
  ERR_clear_error();
}

PublicKey::~PublicKey() = default;

void PublicKey::make_rsa() {
  const auto rsa = read_rsa_key(terms_.octets);
  if (rsa && rsa->bits > kMostRsaBits) {
    unusable_ = fmt::format("an RSA key of more than {} bits", kMostRsaBits);
    return;
  }
  auto key = rsa ? rsa_from(*rsa) : nullptr;
  if (!key) {
    unusable_ = "the key is no RSA key";
    return;
  }
  if (rsa->bits < kFewestRsaBits) weakness_ = fmt::format("an RSA key of {} bits", rsa->bits);
  plain_ = rsa->spki;
  handle_ = std::make_unique<Handle>(Handle{std::move(key)});
}

void PublicKey::make_ed25519() {
  Owned<EVP_PKEY> key;
  if (terms_.octets.size() == kEd25519Octets)
    key.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(terms_.octets), kEd25519Octets));
  if (!key) {
    unusable_ = "the key is no Ed25519 key";
    return;
  }
  plain_ = terms_.octets;
  handle_ = std::make_unique<Handle>(Handle{std::move(key)});
}

std::string PublicKey::plain_record() const {
  if (!handle_) return {};
  return (terms_.type == KeyType::rsa ? "k=rsa; p=" : "k=ed25519; p=") + encode_base64(plain_);
}

bool PublicKey::verifies(SigningAlgorithm algorithm, std::string_view digest, std::string_view value) const {
  const bool wants_rsa = algorithm != SigningAlgorithm::ed25519_sha256;
  if (!handle_ || wants_rsa != (terms_.type == KeyType::rsa)) return false;
  const auto* hash = hash_kind(algorithm) == HashKind::sha256 ? EVP_sha256() : EVP_sha1();
  const bool out = wants_rsa ? rsa_verifies(handle_->key.get(), hash, digest, value)
                             : ed25519_verifies(handle_->key.get(), digest, value);
  ERR_clear_error();  // what failed leaves its reasons in the thread's queue
  return out;
}

}  // namespace milter
