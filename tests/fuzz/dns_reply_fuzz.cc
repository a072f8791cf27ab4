// Fuzzes the parser of DNS replies. The input's first octet chooses the record type; the rest is the reply to
// "x.org". What parses must keep its promises.
#include <array>
#include <cstdlib>

#include "milter/dns/reply_parser.h"

namespace {

using namespace milter;

constexpr std::array kTypes{RecordType::a, RecordType::aaaa, RecordType::mx, RecordType::txt,
                            RecordType::ptr};

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Records& records, RecordType type) {
  const std::size_t all =
      records.addresses.size() + records.names.size() + records.texts.size() + records.exchangers.size();
  const std::size_t of_type = type == RecordType::txt   ? records.texts.size()
                              : type == RecordType::ptr ? records.names.size()
                              : type == RecordType::mx  ? records.exchangers.size()
                                                        : records.addresses.size();
  require(all == of_type && all <= kMostReplyRecords);
  require((records.kind == Records::Kind::found) == (all > 0));
  require(records.ttl.count() >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto type = kTypes[data[0] % kTypes.size()];
  const Octets reply(data + 1, size - 1);
  reply_flags(reply);
  const auto outcome = parse_reply(reply, {"x.org", type});
  if (outcome)
    check(*outcome, type);
  else
    require(!outcome.error().detail.empty());
  return 0;
}
