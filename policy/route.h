// Whom a recipient's mail would really go to, and whether that is ours to take. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "policy/path.h"
#include "policy/policy.h"

namespace policy {

// The domain as A-labels where it is a name: with SMTPUTF8 (RFC 6531) it may come as UTF-8.
Path in_a_labels(Path path);

// Local or relay. What is no name is nobody's, whatever its end looks like: "*.example.net" does
// not match "far.example:.example.net".
bool is_domain_of_ours(std::string_view domain, const Policy& policy);

// Along all routes that lead through domains of ours.
Path followed_path(Path path, const Policy& policy);

// Whom the mail would go to, and whether we are to take it.
struct Destination {
  Path path;
  bool ours = false;
};

// What the MTA says of a recipient: {rcpt_addr}. "" is nothing.
struct MtaWord {
  std::string_view address;
  bool refused = false;  // it refused the recipient: then the address is its text, and means nothing
};

// `asked`: the RCPT argument, in A-labels. In this order:
//   1. A plain address of ours is ours, whatever the MTA makes of it: only its own maps can have sent it elsewhere
//      (Sendmail's virtusertable), not the client.
//   2. The bare postmaster is ours (RFC 5321 4.5.1), whatever domain the MTA puts behind it.
//   3. The MTA's word. A refused recipient has the MTA's text in its place; a virtual alias domain has mailer "error"
//      but its address all the same (Postfix 3.7).
//   4. An address without domain is a local user (Sendmail): the RCPT argument says of which domain.
//   5. Our own reading of the RCPT argument.
Destination destination(const Path& asked, const MtaWord& mta, const Policy& policy);

}  // namespace policy
