// The body hashes of one message's signatures. Whatever their number, the body is canonicalised once for each of
// the two forms: a signature with l= takes the state of the hash at that length. Belongs to one session at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/auth/dkim/hash.h"
#include "milter/auth/dkim/signature.h"

namespace milter {

class BodyHashes {
 public:
  struct Wish {
    Canonicalization form = Canonicalization::simple;
    HashKind hash = HashKind::sha256;
    std::optional<std::int64_t> length;  // l=: of the canonical body's first octets only
  };
  struct Found {
    std::string digest;      // "" when the body is too short
    bool partial = false;    // the canonical body goes on behind l=
    bool too_short = false;  // the canonical body has fewer octets than l= says (RFC 6376 3.5: MUST NOT)
  };

  explicit BodyHashes(std::vector<Wish> wishes);
  ~BodyHashes();

  void add(std::string_view text);  // the body as it comes, cut anywhere
  std::vector<Found> finish();      // once, in the order of the wishes

 private:
  class Reading;
  std::vector<Wish> wishes_;
  std::vector<Found> found_;
  std::vector<std::unique_ptr<Reading>> readings_;  // one a form that is wished for
};

}  // namespace milter
