// The text of one DMARC record.
#include <cstdint>
#include <cstdlib>

#include "milter/auth/dmarc/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = milter::parse_dmarc({reinterpret_cast<const char*>(data), size});
  if (!record) return 0;
  // A record that does not apply asks for nothing, and says what is wrong with it.
  const bool asks =
      record->policy != milter::DmarcPolicy::none || record->subdomain || record->missing_subdomain;
  if (!record->applies && (asks || record->problem.empty())) std::abort();
  return 0;
}
