// The body on its way to libopendkim: line ends made CRLF. Belongs to one session at a time.
#pragma once
#include <string>
#include <string_view>

namespace milter {

// A lone LF becomes CRLF, as the MTA will send it on. A lone CR stays. No piece that is handed on ends in CR:
// libopendkim misreads a line end cut in two.
class CrlfBody {
 public:
  // The next octets, mended. Valid until the next call; may be `chunk` itself.
  std::string_view take(std::string_view chunk);
  // Once. What is still to come at the end: a CR held back, and the final CRLF that RFC 6376 3.4.3 and 3.4.4 add to
  // a body without one. "" for an empty body.
  std::string_view finish();

 private:
  void mend(char c);

  std::string mended_;
  bool held_cr_ = false;  // seen, not handed on yet
  bool at_line_ = true;   // the last octets were CRLF, or there were none
};

}  // namespace milter
