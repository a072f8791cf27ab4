// Where a list is asked about an address or a domain (RFC 5782).
// Pure; any thread. A query name holds the zone, which may hold a key: it is asked, never printed.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "policy/address.h"
#include "policy/policy.h"

namespace milter {

// The address reversed, then the zone: "2.0.0.127.zen.example", or the 32 nibbles (RFC 5782 2.1, 2.4).
std::string query_name(const policy::List& list, const policy::Address& address);

// The domain, then the zone (RFC 5782 3). A name too long for DNS loses labels at its left: lists of domains
// hold registered domains, and a long HELO must not be a way around them. nullopt: nothing a list of domains
// can know (not a host name, a single label, an address).
std::optional<std::string> query_name(const policy::List& list, std::string_view domain);

// The domain as lists know it: A-labels, lower case, no trailing dot. "" if query_name() would have nothing to ask.
std::string listable_domain(std::string_view name);

// The domain of a MAIL argument, "<a@example.org>" or "a@example.org", as listable_domain; "" for
// the null sender.
std::string listable_domain_of(std::string_view mail_from);

}  // namespace milter
