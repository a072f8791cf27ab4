// The contents of a file of recipients: one address or @domain a line. Immutable; any thread.
//
//   # comment
//   bob@example.net
//   carol@example.net full          known (the default), full, disabled, maintenance
//   @sales.example.net              every other address of this domain
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/recipients/recipients.h"

namespace milter {

// A longer line is no address (RFC 5321 4.5.3.1.3 allows 254 octets), with room for a status and a comment.
inline constexpr std::size_t kLongestRecipientLine = 1024;

class AddressList {
 public:
  // Never fails; lines that cannot be read are counted. Who stands on one with a legible address is known:
  // whatever else it says, the mailbox is there.
  explicit AddressList(std::string text);
  AddressList(const AddressList&) = delete;  // entries point into the text
  AddressList& operator=(const AddressList&) = delete;

  // What is listed for exactly "local@domain" or "@domain", in lower case; nullopt: nothing.
  std::optional<Status> find(std::string_view key) const;

  std::size_t size() const { return entries_.size(); }
  std::size_t bad_lines() const { return bad_lines_; }
  // Of those, the ones that do not even tell whom they are about: anybody may be meant.
  std::size_t illegible_lines() const { return illegible_lines_; }
  std::size_t first_bad_line() const { return first_bad_line_; }  // from 1; 0 is none

 private:
  struct Entry {
    std::string_view key;  // into text_
    Status status;
  };
  std::optional<Entry> read_line(std::size_t begin, std::size_t end);

  std::string text_;            // lower case
  std::vector<Entry> entries_;  // sorted by key; of equal keys the first line counts
  std::size_t bad_lines_ = 0, illegible_lines_ = 0, first_bad_line_ = 0;
};

}  // namespace milter
