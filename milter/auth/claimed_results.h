// Authentication-Results fields of a message that pretend to be ours (RFC 8601 section 5). Pure; any thread.
#pragma once
#include <string_view>
#include <vector>

#include "milter/mail/header_field.h"

namespace milter {

// Whether a reader may take the value of an Authentication-Results field as written by `authserv_id`: however
// it is folded, commented, quoted, cased, with or without a version. A value that cannot be read claims the
// id if it has it anywhere. False for an empty id.
bool claims_authserv_id(std::string_view value, std::string_view authserv_id);

// Which Authentication-Results fields of a message claim our id and must go before ours is added (RFC 8601
// section 5): their numbers among the fields of that name, from 1, the highest first, so that removing one
// does not renumber the next.
std::vector<int> forged_results(const std::vector<HeaderField>& headers, std::string_view authserv_id);

}  // namespace milter
