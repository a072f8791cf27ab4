// The body in canonical form: RFC 6376 3.4.3 (simple) and 3.4.4 (relaxed). It comes in pieces, cut anywhere, and
// leaves in pieces. Belongs to one session at a time.
#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

#include "milter/auth/dkim/signature.h"

namespace milter {

// A line ends with CRLF or LF; LF stands for CRLF, as the MTA will send it on. A CR without LF is an octet like
// others (white space is SP and TAB only, RFC 6376 2.8).
class CanonicalBody {
 public:
  // `sink` gets the canonical octets in order; a piece is valid during its call only.
  using Sink = std::function<void(std::string_view)>;
  CanonicalBody(Canonicalization form, Sink sink) : form_(form), sink_(std::move(sink)) {}

  void add(std::string_view text);
  void finish();  // once, at the end

 private:
  void line_part(std::string_view text);
  void squeeze(std::string_view text);
  void end_line();
  void emit(std::string_view text);
  void put(std::string_view text);
  void flush();

  static constexpr std::size_t kBuffer = 4096;  // octets collected for one call of the sink

  Canonicalization form_;
  Sink sink_;
  std::size_t blanks_ = 0;  // empty lines: they count only if more follows
  std::size_t used_ = 0;    // of buffer_
  bool held_cr_ = false;    // the last piece ended in CR
  bool in_line_ = false;    // the line under way has octets that count
  bool space_ = false;      // relaxed: white space that becomes one space if more follows in its line
  bool empty_ = true;       // nothing was put
  std::array<char, kBuffer> buffer_;
};

}  // namespace milter
