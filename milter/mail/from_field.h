// The From field of a message, as hostile input: the one domain that it shows, or why there is none. DMARC is
// about this domain only (RFC 9989 5.3.1). Pure; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "milter/mail/header_field.h"

namespace milter {

inline constexpr std::size_t kMostAuthors = 64;  // mailboxes in one From field; two are rare

struct FromField {
  std::string domain;      // A-labels, lower case; "" whenever there is a problem
  std::string address;     // local-part@domain of the first mailbox, the local part as written; "" is none
  std::string problem;     // for the sender's admin: "no From field", "2 From fields", ...; "" is fine
  std::int64_t count = 0;  // From fields in the message
};

// RFC 5322 3.6.2 with the obsolete forms of 4.4, RFC 6854 (groups), RFC 6532 (UTF-8). Several mailboxes are
// fine if all have the same domain. Lenient where every reader sees the same address (unquoted commas, dots
// and colons in a display name), strict where readers differ: that is how mail is made to show one domain and
// be judged by another. Encoded words are display text: an address inside one is none.
FromField parse_from(std::string_view value);

// Of all header fields of a message.
FromField read_from(const std::vector<HeaderField>& headers);

}  // namespace milter
