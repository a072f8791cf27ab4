// The SPF records of one message, parsed once each, however often they are evaluated and by whatever way they
// are reached. Belongs to the message: what strangers publish is not kept longer. One thread at a time.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "milter/auth/spf/parse.h"

namespace milter {

class SpfRecords {
 public:
  // parse_spf_record(text), which lives as long as this object. REQUIRES is_spf_record(text).
  const tl::expected<SpfRecord, std::string>& read(std::string_view text);

 private:
  std::map<std::string, tl::expected<SpfRecord, std::string>, std::less<>> by_text_;
};

}  // namespace milter
