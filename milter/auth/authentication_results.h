// What accepted mail carries of our findings, from the facts of its decision: Authentication-Results (RFC
// 8601), Received-SPF (RFC 7208 9.1); and the fields in a message that pretend to be ours. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "milter/auth/header_field.h"
#include "policy/fact.h"

namespace milter {

// The value of one Authentication-Results field: the id, then what is known of spf, dkim (each signature),
// dmarc and iprev; a fact that nobody asked for is left out, one that is unavailable is temperror. "ID; none"
// when there is nothing to say. Folds are LF and a tab; no line ends it. `authserv_id` is our host name, not
// empty.
std::string authentication_results(const policy::FactSet& facts, std::string_view authserv_id);

// The value of a Received-SPF field; "" when SPF was not asked. `receiver` is our host name.
std::string received_spf(const policy::FactSet& facts, std::string_view receiver);

// Whether a reader may take the value of an Authentication-Results field as written by `authserv_id`: however
// it is folded, commented, quoted, cased, with or without a version. A value that cannot be read claims the
// id if it has it anywhere. False for an empty id.
bool claims_authserv_id(std::string_view value, std::string_view authserv_id);

// Which Authentication-Results fields of a message claim our id and must go before ours is added (RFC 8601
// section 5): their numbers among the fields of that name, from 1, the highest first, so that removing one
// does not renumber the next.
std::vector<int> forged_results(const std::vector<HeaderField>& headers, std::string_view authserv_id);

}  // namespace milter
