// One message inside libopendkim, which hashes it and checks the signatures' arithmetic. All its traps are
// met here: it sees only fields that a signature covers, signatures whose parts our parser could read, and it never
// asks DNS. Belongs to one session at a time; the library behind it is shared by all threads.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace milter {

class OpendkimMessage {
 public:
  struct State;  // the .cc's own

  struct Field {
    std::string text;    // "Name: value", folds CRLF, no line end
    int signature = -1;  // which of the signatures to verify it is, from 0; -1: none of them
  };

  enum class Verdict {
    verified,
    bad_signature,  // of the header: a signed field was changed, or the key is another
    bad_body_hash,  // the header verifies, the body does not
    short_body,     // l= counts more than there is
    refused,        // it has reasons of its own against the signature, which ours do not cover
    not_checked,    // no key was given
    broken          // the library gave up: not the sender's fault
  };

  // `fields` in message order, with `signatures` of them to verify. Throws std::runtime_error when the
  // library cannot be had.
  OpendkimMessage(const std::vector<Field>& fields, std::size_t signatures);
  ~OpendkimMessage();
  OpendkimMessage(const OpendkimMessage&) = delete;
  OpendkimMessage& operator=(const OpendkimMessage&) = delete;

  void body(std::string_view text);  // lines end in CRLF, in `text` or a later one
  // Once, after a body that ends in CRLF or is empty. `keys` by signature: a key record, "" is none.
  std::vector<Verdict> finish(std::vector<std::string> keys);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace milter
