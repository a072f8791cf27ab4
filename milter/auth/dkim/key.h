// The key that a signature is verified with, out of what DNS answered: RFC 6376 6.1.2. Any thread.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "milter/auth/dkim/public_key.h"
#include "milter/auth/dkim/signature.h"
#include "milter/dns/resolver.h"

namespace milter {

// Why there is no key to verify with.
struct NoKey {
  std::string problem;  // a clause: "there is no key record", "the key is revoked"
  // A record that we cannot read, for another verifier to read; "" when what is wrong is the owner's word (revoked,
  // not for this use) or there is no record.
  std::string unread;
};

inline constexpr std::size_t kMostKeyRecords = 8;  // looked at in one answer; more than two are an accident

// Records that are no keys (an SPF record at a wildcard) are passed over; of several keys, the first that
// suits the signature is taken (RFC 6376 6.1.2 leaves it open). Its algorithm must be known.
tl::expected<std::shared_ptr<const PublicKey>, NoKey> choose_key(const Records& answer,
                                                                 const DkimSignature& signature);

}  // namespace milter
