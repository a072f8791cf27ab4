// One header field of a message, as the MTA handed it over. A value; any thread.
#pragma once
#include <string>
#include <string_view>

namespace milter {

struct HeaderField {
  std::string name;
  std::string value;  // as it came: leading space kept (SMFIP_HDR_LEADSPC), folds as LF or CRLF
};

// Whether it is a field of that name, in any case, with blanks before the colon or without ("From :", RFC 5322 4.5).
// All who look for a field ask here: one that is From to one reader and unknown to the next would be shown by the one
// and not judged by the other.
bool is_named(const HeaderField& field, std::string_view name);

}  // namespace milter
