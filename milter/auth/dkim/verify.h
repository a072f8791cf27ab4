// Verifies the DKIM signatures of one message: RFC 6376, 8301 (algorithms), 8463 (Ed25519), 8616 section
// 5 (internationalised mail).
//
// Made at the end of the headers: its keys can be asked for then, and the answers come while the body streams by.
//
// Two voices, each of which can only save mail: what we verify is a pass. Where a signature could align with From and
// we do not pass it, libopendkim reads the message too; if it verifies there, it is a temperror, never a fail: no
// permanent refusal rests on one verifier alone. README.md has the details.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milter/dns/answers.h"
#include "milter/mail/header_field.h"
#include "policy/fact.h"

namespace milter {

// How a signature came out, in the words of RFC 8601 2.7.1.
//   temperror  its key did not come, or two verifiers disagree
//   policy     verifies, but by means that do not count any more: rsa-sha1, a short key (RFC 8301)
//   neutral    we did not verify it: a key in test mode failed, one signature too many
enum class DkimWord { pass, fail, permerror, temperror, policy, neutral };
std::string_view to_text(DkimWord word);

struct SignatureResult {
  DkimWord word = DkimWord::neutral;
  std::string domain;     // d=, lower case; "" when it could not be read. The same of the next four
  std::string selector;   // s=
  std::string algorithm;  // a=
  std::string identity;   // i=, or "@" and the domain; any bytes
  std::string header_b;   // the first 8 characters of b= (RFC 6008)
  std::string reason;     // a clause, "body hash did not verify"; "" only if there is nothing to say
  bool partial = false;   // pass, of the first l= octets of a longer body: says nothing of the rest
  bool disputed = false;  // temperror, since it verifies with libopendkim and not with us
  // It may be good all the same, and whose doing it is that nobody knows; empty: it is settled. The world's: its key
  // did not come. Ours: it is disputed. The client's: there are more signatures than we verify.
  std::optional<policy::Owner> open;
};

struct DkimResult {
  std::vector<SignatureResult> signatures;  // one a DKIM-Signature field, in message order
};

// Signatures that are verified; those of the From domain itself are taken first, then those near to it, whatever
// their order. Each costs a key lookup, a hash of the header and the arithmetic of its key.
inline constexpr std::size_t kMostSignatures = 10;
// DKIM-Signature fields that are read, beside kMostSignatures more of the From domain itself; the rest is one neutral
// result. Real mail has 1 to 5.
inline constexpr std::size_t kMostSignatureFields = 50;
// Clocks differ: a signature may come from so far in the future, and is good for so long after x=.
inline constexpr std::int64_t kClockDrift = 300;  // seconds

// Belongs to one session at a time.
class DkimVerifier {
 public:
  struct Message {
    std::span<const HeaderField> fields;  // complete, in message order; only read during construction
    // Of From, in A-labels or U-labels. Empty: nothing can align, so nothing needs a second voice.
    std::vector<std::string> author_domains;
    std::int64_t now = 0;  // seconds since 1970
  };

  explicit DkimVerifier(const Message& message);
  ~DkimVerifier();
  DkimVerifier(const DkimVerifier&) = delete;
  DkimVerifier& operator=(const DkimVerifier&) = delete;

  // The names of the keys that it needs, for either voice, whose TXT records are to be asked for together: each name
  // once, at most kMostSignatures.
  const std::vector<std::string>& keys() const;

  // The next octets of the body, as they come. No effect after finish.
  void body(std::string_view chunk);

  // After the body, when all keys are here or their time is over: REQUIRES that no question about keys() is
  // open in `answers`. A key that was not found out makes a temperror. Computed once: the first call decides,
  // later ones give its answer again.
  const DkimResult& finish(Answers& answers);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace milter
