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

// One line of version 2 without its line end, printable ASCII. Strings and lists are cut at the bounds above;
// observed.accepted is not, for replay needs every recipient. A line that is still too long loses trace,
// exceptions and millis; then observed.accepted; then facts, unavailable, in_part and observed ("facts");
// "dropped" names what went. Then strings are cut at 64 octets and lists at 4. Any loss sets "truncated":
// true. `accepted` brief leaves facts, observations and trace out of accepts; none is the caller's matter and
// writes like brief.
//
// A field that is not wholly known is null in `facts`, and named in `unavailable` or `in_part`; so is a whole
// group of a record of version 1. What version 1 did not observe is named in "dropped": "observed".
std::string to_json(const Record& record, Detail accepted = Detail::facts);

}  // namespace policy
