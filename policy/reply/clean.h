// Values from the net, made fit to be printed in a reply: the one place that does it.
// Pure; any thread. What comes out is printable ASCII, cannot start a line, imitate a reply code, be clicked
// or carry a second "ref=". Cleaning what is clean changes nothing.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "policy/fact.h"
#include "policy/schema.h"

namespace policy {

// How a value is cleaned, and which end of it matters when it is too long.
enum class Form {
  text,     // the beginning stays: "a long sentence..."
  helo,     // any text, but the end stays, where the domain is: "...mail.example.org"
  word,     // of a closed list; also numbers and flags
  address,  // an IP address, never cut
  domain,   // "...the.end.example.org"; "(unprintable name)" unless it is an A-label name or [address]
  mailbox,  // local part and domain, each cut in its own way
  url,      // of our own configuration, never cut: it vanishes if it does not fit
};

// Full width: as wide as a value ever gets. Floor: as narrow as a crowded line may make it.
struct Widths {
  std::size_t full = 0;
  std::size_t floor = 0;
};
Widths widths(Form form);

// The domain's last 30 characters always stay: they tell whose name it is.
inline constexpr std::size_t kLeastDomainTail = 30;

// By path, then by the kind that the schema gives it.
Form form_of(std::string_view path, Kind kind);

// The value in its form, at most its full width. "": nothing to print (empty, unavailable, a URL
// that is none).
std::string clean(const Value& value, Form form);
std::string clean(std::string_view value, Form form);

// A cleaned value, shortened to `width` (at least its form's floor). A URL that does not fit is "".
std::string shorten(std::string_view cleaned, Form form, std::size_t width);

}  // namespace policy
