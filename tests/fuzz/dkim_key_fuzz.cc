// Key records: from TXT text to the form that libopendkim reads.
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
    if (key ? key->record.size() > milter::kLongestKeyText : key.error().empty()) std::abort();
  }
  return 0;
}
