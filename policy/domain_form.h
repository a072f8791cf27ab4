// The one form in which domains of messages are kept and compared. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace policy {

// A-labels (RFC 5890 2.3.2.1), lower case, without trailing dot. `domain` may hold any bytes; those over 127
// are read as UTF-8, mapped as browsers do (UTS 46, non-transitional). "": not a domain name.
std::string to_a_labels(std::string_view domain);

}  // namespace policy
