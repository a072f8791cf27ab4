// DKIM-Signature fields: what is read without problem keeps the promises of signature.h.
#include <cstdint>
#include <cstdlib>

#include "milter/auth/dkim/signature.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = milter::parse_signature({reinterpret_cast<const char*>(data), size});
  if (!parsed.problem.empty()) return 0;
  const auto& signature = parsed.signature;
  const bool sound =
      !signature.domain.empty() && !signature.selector.empty() && signature.algorithm &&
      !signature.signed_fields.empty() && signature.signed_fields.size() <= milter::kMostSignedFields &&
      signature.identity_domain.ends_with(signature.domain) && size <= milter::kLongestSignature &&
      !signature.value.empty() && signature.value.size() <= milter::kLongestValue &&
      !signature.body_hash.empty() && signature.value_begin < signature.value_end &&
      signature.value_end <= size && data[signature.value_begin - 1] == '=';
  if (!sound) std::abort();
  return 0;
}
