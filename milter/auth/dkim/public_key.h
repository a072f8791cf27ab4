// A key record made ready to verify with: a pure function of the record's text, immutable, shared by threads.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "milter/auth/dkim/key_record.h"
#include "milter/auth/dkim/signature.h"

namespace milter {

inline constexpr std::size_t kFewestRsaBits = 1024;  // RFC 8301 3.2: below it, never valid
inline constexpr std::size_t kMostRsaBits =
    4096;  // RFC 8301 3.2: up to here is a must; costs 4 times 2048 bits

class PublicKey {
 public:
  explicit PublicKey(std::string_view record);
  ~PublicKey();
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;

  // Why the record is none ("the tag p is missing"), or "". Only then has the rest a meaning.
  const std::string& invalid() const { return invalid_; }
  const DkimKey& terms() const { return terms_; }  // what the record says
  // Why it cannot verify, though it is valid ("the key is no RSA key"), or "". A revoked key is empty, not this.
  const std::string& unusable() const { return unusable_; }
  // Why what it verifies does not count ("an RSA key of 512 bits"), or "".
  const std::string& weakness() const { return weakness_; }
  // "k=rsa; p=…" in the form that libopendkim reads; "" when the key is not usable.
  std::string plain_record() const;

  // Whether `value` signs `digest`: RSASSA-PKCS1-v1_5 (RFC 8017 8.2) or Ed25519 over the digest (RFC 8463 3).
  // False too when the key is not usable, or is of another kind.
  bool verifies(SigningAlgorithm algorithm, std::string_view digest, std::string_view value) const;

 private:
  struct Handle;

  void make_rsa();
  void make_ed25519();

  std::string invalid_;
  DkimKey terms_;
  std::string unusable_;
  std::string weakness_;
  std::string plain_;  // p= of plain_record, not encoded
  std::unique_ptr<Handle> handle_;
};

}  // namespace milter
