// The contents of a file of recipients: one address or @domain a line. Immutable; any thread.
//
//   # comment
//   bob@example.net
//   "john smith"@example.net
//   carol@example.net full          known (the default), unknown, full, disabled, maintenance
//   @sales.example.net              every other address of this domain
//   none                            in place of addresses: nobody has one in a domain that is not named here
//   # fivefifty: 4 addresses        as the last line: so many lines with an address are above
//
// An address is one only if its domain is a host name (U-labels are converted), and its local part is empty, a
// dot-atom (RFC 5322 3.2.3, with UTF-8: RFC 6531) without an asterisk, or quoted. Anything else is the line of some
// other format, and guessing whom it means would refuse everybody it meant.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "milter/recipients/status.h"

namespace milter {

// A longer line is no address (RFC 5321 4.5.3.1.3 allows 254 octets), with room for a status and a comment.
inline constexpr std::size_t kLongestRecipientLine = 1024;

// Of an address in its stored form, the same in all versions: it is kept in files. For a set, not against forgers.
std::uint64_t address_hash(std::string_view key);

class AddressList {
 public:
  explicit AddressList(std::string_view text);

  // "local@domain" or "@domain", in lower case, without quotes; nullopt: it is not listed.
  std::optional<Status> find(std::string_view key) const;
  bool has_hash(std::uint64_t hash) const;
  template <class Visit>
  void each_hash(Visit visit) const {
    for (const auto& entry : entries_) visit(entry.hash);
  }

  // Whether an address of this domain, or of one that "*.example.net" matches, is listed.
  bool has_address_in(std::string_view pattern) const;
  bool says_none() const { return none_ || (claim_line_ > 0 && claimed_ == 0U && lines_ == 0); }

  std::size_t size() const { return entries_.size(); }  // different addresses
  std::size_t lines() const { return lines_; }          // with an address

  // Lines with an address and something else that cannot be read. Its mailbox is known: whatever the line
  // says, it is there.
  std::size_t odd_lines() const { return odd_lines_; }
  std::size_t first_odd_line() const { return first_odd_line_; }  // from 1; 0 is none
  // Lines that do not even tell whom they are about: anybody may be meant.
  std::size_t illegible_lines() const { return illegible_lines_; }
  std::size_t first_illegible_line() const { return first_illegible_line_; }
  // The last line has no end: it may be torn, and more may have followed.
  bool is_unterminated() const { return unterminated_; }

  // The last line that says how many addresses there are; 0: there is none.
  std::size_t claim_line() const { return claim_line_; }
  std::optional<std::uint64_t> claimed() const {
    return claimed_;
  }  // nullopt: it cannot be read, or is not the last
  bool claim_holds() const { return claim_line_ > 0 && claimed_ == lines_; }

  std::uint64_t digest() const { return digest_; }  // of all octets

 private:
  friend class AddressListReader;
  AddressList() = default;
  struct Entry {
    std::uint64_t hash;
    std::uint32_t begin;  // of the key, in pool_
    std::uint16_t length;
    Status status;
  };
  std::string_view key_of(const Entry& entry) const {
    return std::string_view(pool_).substr(entry.begin, entry.length);
  }
  // Where the index has this key, or would have it.
  std::size_t place_of(std::uint64_t hash, std::string_view key) const;
  void add(std::string_view key, Status status);
  void grow();

  std::string pool_;                  // keys, one after the other
  std::vector<Entry> entries_;        // in the order of their lines; of equal keys the first line's
  std::vector<std::uint32_t> index_;  // open addressing, a power of two: 1 + a place in entries_; 0 is free
  std::unordered_set<std::string> domains_, parents_;  // of addresses; and every name above one
  std::size_t lines_ = 0, odd_lines_ = 0, first_odd_line_ = 0, illegible_lines_ = 0,
              first_illegible_line_ = 0;
  std::size_t claim_line_ = 0;
  std::optional<std::uint64_t> claimed_;
  bool none_ = false, unterminated_ = false;
  std::uint64_t digest_ = 0;
};

// Makes a list of a text that comes in pieces: a large file is never in memory as a whole.
class AddressListReader {
 public:
  explicit AddressListReader(std::size_t octets_expected);
  void take(std::string_view piece);
  AddressList finish() &&;

 private:
  void read_line(std::string_view line);
  bool read_claim(std::string_view line);
  void note(bool good, bool legible);
  const std::string* stored_domain(std::string_view domain);

  AddressList list_;
  std::string open_line_;  // the beginning of a line whose end has not come, at most one octet too long
  std::size_t line_ = 0;
  std::string raw_domain_, domain_;  // the last one and its stored form: neighbours often share it
  std::string key_;
};

}  // namespace milter
