#include "milter/auth/dkim/body.h"

namespace milter {
namespace {

// Every LF has its CR, and every CR its LF: nearly all mail.
bool is_clean(std::string_view chunk) {
  while (true) {
    const auto lf = chunk.find('\n');
    if (lf == std::string_view::npos) return chunk.find('\r') == std::string_view::npos;
    if (lf == 0 || chunk.find('\r') != lf - 1) return false;
    chunk.remove_prefix(lf + 1);
  }
}

constexpr std::string_view kCrlf = "\r\n";

}  // namespace

std::string_view CrlfBody::take(std::string_view chunk) {
  if (chunk.empty()) return {};
  if (!held_cr_ && is_clean(chunk)) {
    at_line_ = chunk.ends_with('\n');
    return chunk;
  }
  mended_.clear();
  for (const char c : chunk) mend(c);
  return mended_;
}

void CrlfBody::mend(char c) {
  if (c == '\n') {
    mended_ += kCrlf;
    held_cr_ = false;
    at_line_ = true;
    return;
  }
  if (held_cr_) {
    mended_ += '\r';
    at_line_ = false;
  }
  held_cr_ = c == '\r';
  if (!held_cr_) {
    mended_ += c;
    at_line_ = false;
  }
}

std::string_view CrlfBody::finish() {
  if (held_cr_) return "\r\r\n";
  return at_line_ ? std::string_view{} : kCrlf;
}

}  // namespace milter
