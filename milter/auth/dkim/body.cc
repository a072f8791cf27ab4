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
    lone_cr_ = true;
    at_line_ = false;
  }
  held_cr_ = c == '\r';
  if (!held_cr_) {
    mended_ += c;
    at_line_ = false;
  }
}

std::string_view CrlfBody::finish() {
  // A CR at the very end: its LF is the one that is added.
  const bool complete = at_line_ && !held_cr_;
  held_cr_ = false;
  at_line_ = true;
  return complete ? std::string_view{} : kCrlf;
}

void CanonicalLength::add(std::string_view text) {
  const bool relaxed = form_ == Canonicalization::relaxed;
  for (const char c : text) {
    if (c == '\n') {
      end_line();
    } else if (relaxed && (c == ' ' || c == '\t')) {
      space_ = true;
    } else if (c != '\r') {
      line_ += space_ ? 2 : 1;
      space_ = false;
    }
  }
}

void CanonicalLength::end_line() {
  constexpr std::int64_t kLineEnd = 2;
  space_ = false;
  if (line_ == 0) {
    ++blanks_;
    return;
  }
  total_ += blanks_ * kLineEnd + line_ + kLineEnd;
  blanks_ = 0;
  line_ = 0;
}

std::int64_t CanonicalLength::total() const {
  return total_ == 0 && form_ == Canonicalization::simple ? 2 : total_;
}

}  // namespace milter
