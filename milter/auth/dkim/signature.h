// DKIM-Signature fields, read by the letter of RFC 6376 (and 8301, 8463, 8616) but for the leniencies of README.md.
// Pure; any thread.
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

#include "milter/auth/dkim/hash.h"

namespace milter {

enum class Canonicalization { simple, relaxed };
enum class SigningAlgorithm { rsa_sha256, ed25519_sha256, rsa_sha1 };
std::string_view to_text(SigningAlgorithm algorithm);  // "rsa-sha256", "ed25519-sha256", "rsa-sha1"
HashKind hash_kind(SigningAlgorithm algorithm);

// One DKIM-Signature field, RFC 6376 3.5.
struct DkimSignature {
  std::string domain;    // d=, A-labels, lower case; "" when missing or not a domain name
  std::string selector;  // s=, A-labels; "" when missing or not a name
  std::optional<SigningAlgorithm> algorithm;  // a=; empty: missing, or one we do not know
  std::string identity;                       // i=, decoded; "@" and d= when missing
  std::string identity_domain;                // what is behind its last "@", A-labels, lower case
  Canonicalization headers = Canonicalization::simple;
  Canonicalization body = Canonicalization::simple;
  std::vector<std::string> signed_fields;   // h=, lower case, in order
  std::optional<std::int64_t> body_length;  // l=, octets of the canonical body
  std::optional<std::int64_t> signed_at;    // t=, seconds since 1970
  std::optional<std::int64_t> expires_at;   // x=, seconds since 1970
  std::string value;                        // b=, decoded; "" when missing or not base64
  std::string value_prefix;                 // the first 8 characters of b=: header.b (RFC 6008)
  std::string body_hash;                    // bh=, decoded; "" when missing or not such a hash
  // Where b= has its value, white space included: from here to there in the text that was parsed. It is hashed
  // without it (RFC 6376 3.7).
  std::size_t value_begin = 0;
  std::size_t value_end = 0;

  std::string key_name() const { return selector + "._domainkey." + domain; }  // RFC 6376 3.6.2.1
};

// A signature that breaks the rules still has its readable parts, for the log.
struct ParsedSignature {
  DkimSignature signature;
  std::string problem;  // "" when it may be verified
};

// Octets of one field: real ones have 300 to 2,000, and copied fields (z=) make them longer.
inline constexpr std::size_t kLongestSignature = 16384;
// Names in h=. Real ones have 10 to 60, signers that name every field they know some 150. libopendkim compares
// each name with each field.
inline constexpr std::size_t kMostSignedFields = 256;
inline constexpr std::size_t kLongestValue =
    512;  // octets of b=, decoded: an RSA key of 4096 bits makes that many
inline constexpr std::size_t kLongestIdentity = 256;  // octets of i=: a path, RFC 5321 4.5.3.1.3

// `value`: the field's text after the colon.
ParsedSignature parse_signature(std::string_view value);

}  // namespace milter
