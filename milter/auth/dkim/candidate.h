// The DKIM-Signature fields of a message: which are worth verifying. Pure; any thread.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "milter/auth/dkim/signature.h"
#include "milter/auth/dkim/verify.h"

namespace milter {

// How near d= is to the From domain. Of signatures that are too many, the nearer are taken.
enum class Nearness {
  same,     // it is the From domain
  related,  // one is below the other
  // They share their last two labels or more. All domains of one organisation do (RFC 9989 4.10: it has two labels
  // at least, or is the From domain itself), and some that are strangers, as under "co.uk".
  cousin,
  stranger  // cannot align with From
};

// One DKIM-Signature field.
struct Candidate {
  std::size_t field = 0;  // index in the message's fields
  DkimSignature signature;
  SignatureResult result;
  Nearness nearness = Nearness::stranger;
  bool open = true;  // to be verified: the result is not settled yet
  // Settled as a permerror, since we do not read the field; but another verifier might, and it could align.
  bool for_others = false;

  bool could_align() const { return nearness != Nearness::stranger; }
  bool needs_key() const { return open || for_others; }
  // `doubt`: whose doing it is that it may be good all the same (SignatureResult::open).
  void settle(DkimWord word, std::string reason, std::optional<policy::Owner> doubt = std::nullopt);
};

struct Candidates {
  std::vector<Candidate> read;  // in message order; at most kMostSignatures of them need a key
  std::size_t unread = 0;       // DKIM-Signature fields beyond kMostSignatureFields
};

Candidates read_candidates(const DkimVerifier::Message& message);

bool is_signature_field(const HeaderField& field);

}  // namespace milter
