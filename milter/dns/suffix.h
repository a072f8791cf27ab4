// Domains under which anybody may register a name: the public suffix list (libpsl, its newest data on this
// machine, read once). Immutable; any thread.
#pragma once
#include <string>
#include <string_view>

namespace milter {

// "com", "co.uk", and every name of one label that the list does not know. `domain`: A-labels, lower case, no
// trailing dot. Without the list only names of one label are.
bool is_public_suffix(std::string_view domain);

// The suffix and one label more: "example.co.uk" of "a.b.example.co.uk". "" when `domain` is a suffix itself.
std::string registrable_domain(std::string_view domain);

}  // namespace milter
