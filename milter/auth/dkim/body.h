// The body on its way to libopendkim: line ends made CRLF, and its canonical length counted. Belong to one
// session at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "milter/auth/dkim/signature.h"

namespace milter {

// A lone LF becomes CRLF, as the MTA will send it on. A lone CR stays, but is told: libopendkim's relaxed
// hash loses it. No piece that is handed on ends in CR: libopendkim misreads a line end cut in two.
class CrlfBody {
 public:
  // The next octets, mended. Valid until the next call; may be `chunk` itself.
  std::string_view take(std::string_view chunk);
  // What is still to come at the end: a CR held back, and the final CRLF that RFC 6376 3.4.3 and 3.4.4 add to
  // a body without one. "" for an empty body.
  std::string_view finish();
  bool has_lone_cr() const { return lone_cr_; }

 private:
  void mend(char c);

  std::string mended_;
  bool held_cr_ = false;  // seen, not handed on yet
  bool at_line_ = true;   // the last octets were CRLF, or there were none
  bool lone_cr_ = false;
};

// Octets of the canonical body (RFC 6376 3.4.3, 3.4.4): what l= is compared with.
class CanonicalLength {
 public:
  explicit CanonicalLength(Canonicalization form) : form_(form) {}
  void add(std::string_view text);  // CRLF line ends
  std::int64_t total() const;       // after the last line; 2 for an empty simple body

 private:
  void end_line();

  Canonicalization form_;
  std::int64_t total_ = 0;   // up to the last line that is not empty
  std::int64_t line_ = 0;    // of the line under way
  std::int64_t blanks_ = 0;  // empty lines since: they count only if more follows
  bool space_ = false;       // relaxed: white space that becomes one space if more follows
};

}  // namespace milter
