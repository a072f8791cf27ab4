// What libopendkim says of signatures that we do not pass: the second voice, without which no signature that could
// align with From fails. It costs more than all of ours, so it is asked at the end, and only where it can matter;
// until then the body is kept. Belongs to one session at a time.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milter/auth/dkim/body.h"
#include "milter/auth/dkim/candidate.h"
#include "milter/auth/dkim/opendkim.h"
#include "milter/auth/dkim/signed_header.h"

namespace milter {

// Octets of a body that are kept. A longer one is not kept but read by libopendkim as it comes, from its beginning:
// what is true of short mail is true of long mail, at 6 ms a MB. No length makes the second voice silent, or a forger
// would choose it.
inline constexpr std::size_t kKeptBody = 1'048'576;

// Different readings of the body (form, hash, l=) that libopendkim makes: it makes one anew for each, where ours
// share two. Real mail has one. A signature beyond that has our voice only: its sender wrote three kinds of them.
inline constexpr std::size_t kMostOtherReadings = 2;

class SecondOpinion {
 public:
  // `header` and `fields` are only read here; those of `candidates` that could align are asked about.
  SecondOpinion(std::span<const HeaderField> fields, const SignedHeader& header,
                const std::vector<Candidate>& candidates);
  ~SecondOpinion();

  // Indices of candidates, those that it can be asked about.
  const std::vector<std::size_t>& askable() const { return askable_; }
  void body(std::string_view text);  // as it comes, cut anywhere
  // Once, after the body: of askable(), which verify with these keys (PublicKey::plain_record, or a record as it
  // came; "": not asked). Throws std::runtime_error when the library cannot be had.
  std::vector<bool> verified(std::vector<std::string> keys);

 private:
  void start();

  std::vector<std::size_t> askable_;
  std::vector<OpendkimMessage::Field> fields_;  // what they cover, and they themselves
  std::string kept_;
  CrlfBody crlf_;
  std::unique_ptr<OpendkimMessage> library_;  // null: not started
};

}  // namespace milter
