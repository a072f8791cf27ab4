// Fields with results of a message that pretend to be ours (RFC 8601 section 5). Pure; any thread.
#pragma once
#include <string_view>

namespace milter {

// Whether a reader may take the value of an Authentication-Results field as written by `authserv_id`: however
// it is folded, commented, quoted, cased, with or without a version. A value that cannot be read claims the
// id if it has it anywhere. False for an empty id.
bool claims_authserv_id(std::string_view value, std::string_view authserv_id);

// Whether a Received-SPF field says that `receiver` made the check: by receiver=, or at the front of its comment (RFC
// 7208 9.1). False for an empty name.
bool claims_receiver(std::string_view value, std::string_view receiver);

}  // namespace milter
