#include "milter/auth/dkim/hash.h"

#include <openssl/evp.h>

#include <new>

namespace milter {
namespace {

void need(bool done) {
  if (!done) throw std::bad_alloc();  // a hash that exists fails for want of memory only
}

// Fetched once: a fetch for each hash takes OpenSSL's locks.
const EVP_MD* method(HashKind kind) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return kind == HashKind::sha256 ? sha256 : sha1;
}

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

}  // namespace

struct Hash::State {
  Context context;
};

Hash::Hash(HashKind kind) : state_(std::make_unique<State>()) {
  state_->context.reset(EVP_MD_CTX_new());
  need(state_->context && EVP_DigestInit_ex2(state_->context.get(), method(kind), nullptr) == 1);
}

Hash::~Hash() = default;
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;

void Hash::add(std::string_view text) {
  need(EVP_DigestUpdate(state_->context.get(), text.data(), text.size()) == 1);
}

std::string Hash::digest() const {
  const Context copy(EVP_MD_CTX_new());
  need(copy && EVP_MD_CTX_copy_ex(copy.get(), state_->context.get()) == 1);
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  need(EVP_DigestFinal_ex(copy.get(), reinterpret_cast<unsigned char*>(out.data()), &size) == 1);
  out.resize(size);
  return out;
}

std::string hash_of(std::string_view text, HashKind kind) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  need(EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size, method(kind),
                  nullptr) == 1);
  out.resize(size);
  return out;
}

}  // namespace milter
