// A DMARC policy record as its owner wrote it: the text of one TXT record at _dmarc.DOMAIN, foreign bytes.
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace milter {

// What a domain owner asks for, mildest first. The words are those of the record, facts and replies.
enum class DmarcPolicy { none, quarantine, reject };
std::string_view to_text(DmarcPolicy policy);  // "none", "quarantine", "reject"

// RFC 9989 4.7 "psd": whether the domain says that registrations happen below it.
enum class DmarcPsd { undeclared, yes, no };

// Several hundred octets are common, 1 KiB is rare. Longer ones are not read: a walk looks at up to eight, and one
// answer of DNS may bring 64 KB of tags.
inline constexpr std::size_t kLongestDmarcRecord = 16384;

struct DmarcRecord {
  DmarcPolicy policy = DmarcPolicy::none;        // p=
  std::optional<DmarcPolicy> subdomain;          // sp=
  std::optional<DmarcPolicy> missing_subdomain;  // np=
  bool strict_dkim = false;                      // adkim=s
  bool strict_spf = false;                       // aspf=s
  bool testing = false;                          // t=y
  int percent = 100;                             // pct=, which RFC 7489 has and RFC 9989 has not
  DmarcPsd psd = DmarcPsd::undeclared;
  // RFC 9989 4.10.1: a record whose p is missing, or whose p, sp or np is not valid, asks for "none" if it
  // has a valid report address in rua; else DMARC is not applied at all, and this is false. So it is for a record
  // that is too long.
  bool applies = true;
  std::string problem;  // what is wrong with it, for its owner to read; "" is nothing
};

// nullopt: not a DMARC record, to be ignored as if it were not there (no "v=DMARC1" in front).
//
// Letters: the tag names and "DMARC1" count case (RFC 6376 3.2; RFC 9989 4.8 has %s"DMARC1"), the other
// values do not (RFC 5234 2.3). Unknown tags, among them rf and ri of RFC 7489, are ignored. A tag that
// is there twice, or whose value is not valid, counts as not given (RFC 9989 4.7: its default): what is
// ambiguous must not refuse anyone's mail.
std::optional<DmarcRecord> parse_dmarc(std::string_view text);

}  // namespace milter
