#include "milter/auth/spf/records.h"

namespace milter {

const tl::expected<SpfRecord, std::string>& SpfRecords::read(std::string_view text) {
  const auto known = by_text_.find(text);
  if (known != by_text_.end()) return known->second;
  return by_text_.emplace(text, parse_spf_record(text)).first->second;
}

}  // namespace milter
