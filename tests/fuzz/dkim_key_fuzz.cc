// Key records: from TXT text to keys that are ready to verify with.
#include <cstdint>
#include <cstdlib>

#include "milter/auth/dkim/key.h"
#include "milter/auth/dkim/signature.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string record(reinterpret_cast<const char*>(data), size);
  milter::DkimSignature signature{.domain = "example.org", .selector = "k", .identity_domain = "example.org"};
  for (const auto algorithm :
       {milter::SigningAlgorithm::rsa_sha256, milter::SigningAlgorithm::ed25519_sha256}) {
    signature.algorithm = algorithm;
    const auto key = milter::choose_key({.kind = milter::Records::Kind::found, .texts = {record}}, signature);
    if (key ? (*key)->plain_record().empty() : key.error().problem.empty()) std::abort();
    const std::string digest(32, 'd');
    if (key && (*key)->verifies(algorithm, digest, std::string(64, 's'))) std::abort();
    // What we hand to another verifier is a record that we read to the same key.
    if (key && milter::PublicKey((*key)->plain_record()).plain_record() != (*key)->plain_record())
      std::abort();
  }
  return 0;
}
