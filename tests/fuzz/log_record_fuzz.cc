// One line of a log: what is read can be written, and then reads the same for ever.
#include <cstdint>
#include <cstdlib>

#include "policy/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static const policy::WantedFacts wanted({"client.ip", "spf.result", "dnsbl.listed"});
  const auto record = policy::record_from_json(line);
  const auto brief = policy::record_for_replay(line, wanted);
  if (!record) return 0;
  if (!brief) std::abort();                                       // it reads less of the same
  const auto again = policy::record_from_json(to_json(*record));  // writing may cut it
  if (!again || policy::record_from_json(to_json(*again)) != again) std::abort();
  return 0;
}
