// One line of a log: what is read can be written, and then reads the same for ever. (A broken line may be
// taken or not: what nobody asks for is not looked at.)
#include <cstdint>
#include <cstdlib>

#include "policy/record/read.h"
#include "policy/record/record.h"
#include "policy/record/write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static const policy::WantedFacts wanted({"client.ip", "spf.result", "dnsbl.listed"});
  [[maybe_unused]] const auto brief = policy::record_for_replay(line, wanted);
  const auto record = policy::record_from_json(line);
  if (!record) return 0;
  const auto written = to_json(*record);  // writing may cut it
  const auto again = policy::record_from_json(written);
  if (!again || policy::record_from_json(to_json(*again)) != again) std::abort();
  const auto decided = policy::record_for_replay(written, wanted);
  if (!decided || decided->verdict.action != again->verdict.action) std::abort();
  return 0;
}
