// What accepted mail carries of our findings, from the facts of its decision: Authentication-Results (RFC
// 8601), Received-SPF (RFC 7208 9.1). Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "policy/fact.h"

namespace milter {

// The value of one Authentication-Results field: the id, then what is known of spf, dkim (each signature),
// dmarc and iprev; a fact that nobody asked for is left out, one that is unavailable is temperror. "ID;
// none" when there is nothing to say. Folds are LF and a tab; no line ends it. `authserv_id` is our host
// name, not empty.
std::string authentication_results(const policy::FactSet& facts, std::string_view authserv_id);

// The value of a Received-SPF field; "" when SPF was not asked. `receiver` is our host name.
std::string received_spf(const policy::FactSet& facts, std::string_view receiver);

}  // namespace milter
