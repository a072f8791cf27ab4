// The DKIM-Signature fields of a message: which are worth verifying, and what of the header they need. Pure;
// any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "milter/auth/dkim/opendkim.h"
#include "milter/auth/dkim/signature.h"
#include "milter/auth/dkim/verify.h"
#include "milter/mail/header_field.h"

namespace milter {

// One DKIM-Signature field.
struct Candidate {
  std::size_t field = 0;  // index in the message's fields
  DkimSignature signature;
  SignatureResult result;
  bool open = true;  // to be verified: the result is not settled yet

  std::string weakness;  // VerifyingKey's
  bool testing = false;  // VerifyingKey's

  void settle(DkimWord word, std::string reason);
};

struct Candidates {
  std::vector<Candidate> read;  // in message order; at most kMostSignatures of them open
  std::size_t unread = 0;       // DKIM-Signature fields beyond kMostSignatureFields
};

Candidates read_candidates(const DkimVerifier::Message& message);

// The fields that the open signatures cover, and these themselves, in message order. What nothing covers
// changes no verdict; leaving it out bounds the work on a header of megabytes. Signatures count from 0 as
// they come.
std::vector<OpendkimMessage::Field> needed_fields(std::span<const HeaderField> fields,
                                                  const std::vector<Candidate>& candidates);

}  // namespace milter
