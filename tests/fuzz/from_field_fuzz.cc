// The value of one From field.
#include <cstdint>
#include <cstdlib>

#include "milter/mail/from_field.h"
#include "policy/domain_form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto from = milter::parse_from({reinterpret_cast<const char*>(data), size});
  // Either a domain in its one form, or a sentence.
  if (from.domain.empty() == from.problem.empty()) std::abort();
  if (milter::to_a_labels(from.domain) != from.domain) std::abort();
  if (!from.domain.empty() && !from.address.ends_with('@' + from.domain)) std::abort();
  return 0;
}
