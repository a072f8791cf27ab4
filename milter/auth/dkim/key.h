// The key that a signature is verified with, out of what DNS answered: RFC 6376 6.1.2. Pure; any thread.
#pragma once
#include <cstddef>
#include <string>
#include <tl/expected.hpp>

#include "milter/auth/dkim/signature.h"
#include "milter/dns/resolver.h"

namespace milter {

struct VerifyingKey {
  std::string record;    // "k=rsa; p=…", in the form that libopendkim reads; at most kLongestKeyText octets
  std::string weakness;  // why what it verifies does not count ("an RSA key of 512 bits"), or ""
  bool testing = false;  // t=y
};

inline constexpr std::size_t kFewestRsaBits = 1024;   // RFC 8301 3.2: below it, never valid
inline constexpr std::size_t kMostRsaBits = 4096;     // RFC 8301 3.2: up to here is a must
inline constexpr std::size_t kLongestKeyText = 1023;  // libopendkim's buffer for a key record
inline constexpr std::size_t kMostKeyRecords = 8;  // looked at in one answer; more than two are an accident

// Records that are no keys (an SPF record at a wildcard) are passed over; of several keys, the first that
// suits the signature is taken (RFC 6376 6.1.2 leaves it open). Else a clause that says what is wrong: "there
// is no key record".
tl::expected<VerifyingKey, std::string> choose_key(const Records& answer, const DkimSignature& signature);

}  // namespace milter
