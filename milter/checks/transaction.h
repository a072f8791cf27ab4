// What SMTP told us, as checks see it. session/ fills it; checks only read. Not thread-safe: it belongs
// to the session.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "milter/mail/header_field.h"
#include "policy/address.h"

namespace milter {

// One TCP connection to the MTA. Strings are what the MTA sent, unchecked bytes, cut at kLongestWireText.
struct Connection {
  std::optional<policy::Address> client;  // empty: a local client without address (unix socket)
  // The MTA's word, "" or "[ip]" if it has none. Decides one thing: a client without address whom the MTA
  // calls localhost is local.
  std::string client_name;
  std::string helo;
  std::string user;         // SASL login ({auth_authen}); "" is none
  int port = 0;             // of the client; 0: not known
  std::string daemon_name;  // {daemon_name}
  std::string tls_version;  // {tls_version}; "" is none
};

// The recipient under decision.
struct RecipientCommand {
  std::string path;         // the RCPT argument, brackets and all: "<bob@example.net>"
  std::string mta_address;  // {rcpt_addr}: what the MTA resolved it to; "" when unknown (`try`)
  std::string mta_mailer;   // {rcpt_mailer}
  std::string mta_host;     // {rcpt_host}
  // The MTA refused it already: mailer "error" and a bare x.y.z status as host (Postfix 3.7
  // and Sendmail 8.17).
  bool refused_by_mta = false;
};

// A header of more fields or octets than these is not kept whole. Mail programs write some tens of
// fields, relays add some each; Sendmail takes 32 KiB of header (MaxHeadersLength), Postfix 100 KiB
// a field (header_size_limit).
inline constexpr std::int64_t kMostHeaderFields = 2000;
inline constexpr std::int64_t kMostHeaderOctets = 512 << 10;
// Authentication-Results and Received-SPF fields that claim to be ours. A message that came through here
// before has one or two; Postfix takes a time that grows with the square of their number to remove them.
inline constexpr std::int64_t kMostClaims = 100;
// As many are removed, where no rule refuses the message: 0.1 s of Postfix.
inline constexpr std::size_t kMostRemoved = 1000;

// What is counted of all fields of a header, kept or not: nothing hides behind a bound.
struct HeaderCounts {
  std::int64_t fields = 0;
  std::int64_t octets = 0;        // with colons and line ends
  std::int64_t from = 0;          // From fields
  std::int64_t received = 0;      // Received fields
  std::int64_t results = 0;       // Authentication-Results fields
  std::int64_t received_spf = 0;  // Received-SPF fields
  std::int64_t claims = 0;        // of these two, those that claim to be ours
  // Which those are among the fields of their name, from 1, in message order; kMostRemoved at most of both.
  std::vector<int> claimed_results, claimed_spf;

  bool over_bounds() const { return fields > kMostHeaderFields || octets > kMostHeaderOctets; }
};

class DkimVerifier;  // auth/dkim/verify.h

// One mail transaction: MAIL to end of message.
struct Transaction {
  std::string session;               // id of the connection
  int number = 0;                    // in the session; the first is 1
  std::string mail_from;             // the MAIL argument, brackets and all: "<>"
  RecipientCommand recipient;        // at rcpt
  std::vector<HeaderField> headers;  // complete from Stage::headers on, but for what is over the bounds
  HeaderCounts counts;               // over_bounds(): nothing can be said of signatures
  std::int64_t size = 0;             // octets of header and body seen so far
  std::string queue_id;              // "" until the MTA has one
  std::string message_id;            // of the Message-ID field, without brackets; "" is none
  std::string ref;                   // of the decision under way
  // Made at the end of the headers, fed with the body; null: the message was not streamed.
  std::shared_ptr<DkimVerifier> dkim;
};

inline constexpr std::size_t kLongestWireText = 2048;  // RFC 5321 4.5.3.1 allows 512; MTAs let more through

}  // namespace milter
