// Domain names as text: patterns, and the form in which we keep them. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/text.h"

namespace policy {

// Lower case, one trailing dot removed: how names are kept in facts. "" stays "".
std::string normal_name(std::string_view name);

// A name that DNS can hold and a host or domain may bear (RFC 1123 2.1, and '_'): labels of 1..63 letters,
// digits,
// '-', '_', no hyphen at a label's ends, 253 octets at most. The empty name is none.
bool is_host_name(std::string_view name);

// A name with more labels in front of `domain`, not itself. Case does not count.
bool is_below(std::string_view name, std::string_view domain);

// "example.net" matches itself; "*.example.net" any name below it, not itself. Case and a trailing dot
// do not count.
bool matches_domain(std::string_view name, std::string_view pattern);
bool matches_any(std::string_view name, const std::vector<std::string>& patterns);

}  // namespace policy
