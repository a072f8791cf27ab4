// A record as one JSON line, within its bounds. Pure; any thread.
#pragma once
#include <cstddef>
#include <string>

#include "policy/record/record.h"

namespace policy {

// How much of an accepted message's record is written.
enum class Detail { facts, brief, none };

// Bounds of a written line: a record must not grow with what a stranger sends.
inline constexpr std::size_t kLongestRecordText = 1024;   // octets of a string
inline constexpr std::size_t kLongestRecordList = 32;     // elements of a list
inline constexpr std::size_t kLongestRecord = 16 * 1024;  // octets of the line, without its end: one write(2)

// One line without its line end, printable ASCII: all else is escaped, invalid UTF-8 becomes U+FFFD. Strings
// and lists are cut at the bounds above. A line that is still too long loses trace, exceptions and millis,
// then facts
// ("dropped" names them), then strings are cut at 64 octets and lists at 4. Any loss sets "truncated": true.
// `accepted` brief leaves facts and trace out of accepts; none is the caller's matter and writes like brief.
std::string to_json(const Record& record, Detail accepted = Detail::facts);

}  // namespace policy
