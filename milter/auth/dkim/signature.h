// DKIM-Signature fields, read by the letter of RFC 6376 (and 8301, 8463). Pure; any thread.
//
// Problems are clauses without capital or full stop ("the tag d is missing"): they go into the log, the
// Authentication-Results field and the reply. They never quote what the sender wrote.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milter {

enum class Canonicalization { simple, relaxed };
enum class SigningAlgorithm { rsa_sha256, ed25519_sha256, rsa_sha1 };
std::string_view to_text(SigningAlgorithm algorithm);  // "rsa-sha256", "ed25519-sha256", "rsa-sha1"

// One DKIM-Signature field, RFC 6376 3.5.
struct DkimSignature {
  std::string domain;                         // d=, lower case; "" when missing or not a domain name
  std::string selector;                       // s=, as written; "" when missing or not a name
  std::optional<SigningAlgorithm> algorithm;  // a=; empty: missing, or one we do not know
  std::string identity;                       // i=, decoded; "@" and d= when missing
  std::string identity_domain;                // what is behind its last "@", lower case
  Canonicalization headers = Canonicalization::simple;
  Canonicalization body = Canonicalization::simple;
  std::vector<std::string> signed_fields;   // h=, lower case, in order
  std::optional<std::int64_t> body_length;  // l=, octets of the canonical body
  std::optional<std::int64_t> signed_at;    // t=, seconds since 1970
  std::optional<std::int64_t> expires_at;   // x=, seconds since 1970
  std::string value_prefix;                 // the first 8 characters of b=: header.b (RFC 6008)

  std::string key_name() const { return selector + "._domainkey." + domain; }  // RFC 6376 3.6.2.1
};

// A signature that breaks the rules still has its readable parts, for the log.
struct ParsedSignature {
  DkimSignature signature;
  std::string problem;  // "" when it may be verified
  // libopendkim cannot hash such a field, though RFC 6376 allows it: a space between "b" and "=", or a
  // private tag whose name ends in b.
  bool hashable = true;
};

inline constexpr std::size_t kLongestSignature =
    16384;  // octets; libopendkim's buffer for one field ends at 65536
inline constexpr std::size_t kMostSignedFields = 128;   // names in h=; real ones have 10 to 60
inline constexpr std::size_t kLongestFieldList = 4095;  // octets of h= without folds: libopendkim cuts there
inline constexpr std::size_t kLongestIdentity =
    256;  // octets of i=: RFC 5321 4.5.3.1.3, and libopendkim's buffer
inline constexpr std::int64_t kEarliestSigning = 315'532'800;  // t=, 1980: before that, no clock was right

// `value`: the field's text after the colon.
ParsedSignature parse_signature(std::string_view value);

}  // namespace milter
