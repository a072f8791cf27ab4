// References: what a reply prints as ref=, the record bears, and a postmaster reads out on the telephone.
#pragma once
#include <cstdint>
#include <string>

namespace milter {

// Crockford base32 (no I, L, O, U): 7 characters of the time in seconds, so that references sort, and 5 of
// chance (33 million a second), so that they cannot be enumerated. 12 characters. Any thread.
std::string make_reference(std::int64_t unix_millis);

// Names a connection in the log: longer, never printed in a reply. 20 characters. Any thread.
std::string make_session_id(std::int64_t unix_millis);

// `count` base32 digits of `number`, most significant first.
std::string crockford(std::uint64_t number, int count);

}  // namespace milter
