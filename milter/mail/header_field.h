// One header field of a message, as the MTA handed it over. A value; any thread.
#pragma once
#include <string>

namespace milter {

struct HeaderField {
  std::string name;
  std::string value;  // as it came: leading space kept (SMFIP_HDR_LEADSPC), folds as LF or CRLF
};

}  // namespace milter
