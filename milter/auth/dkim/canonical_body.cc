#include "milter/auth/dkim/canonical_body.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace milter {
namespace {

constexpr std::string_view kCrlf = "\r\n";

bool is_wsp(char c) { return c == ' ' || c == '\t'; }

constexpr std::uint64_t repeated(unsigned char c) { return 0x0101'0101'0101'0101U * c; }

std::uint64_t word_at(const char* text) {
  std::uint64_t out = 0;
  std::memcpy(&out, text, sizeof out);
  return out;
}

// 0x80 in each octet of `word` that is `c`, 0 in the others.
std::uint64_t matches(std::uint64_t word, char c) {
  constexpr auto kLow = repeated(0x7f);
  const auto other = word ^ repeated(static_cast<unsigned char>(c));
  return ~(((other & kLow) + kLow) | other | kLow);
}

// Whether the relaxed form leaves `text`, a part of a line, as it is: no tab, no two spaces in a row, no space at
// the end. Eight octets at a time; nearly all lines of mail are so.
bool is_relaxed(std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t bad = 0;
  std::size_t i = 0;
  for (; i + kWord < text.size(); i += kWord) {
    const auto word = word_at(text.data() + i);
    const auto next = word_at(text.data() + i + 1);
    bad |= matches(word, '\t') | (matches(word, ' ') & matches(next, ' '));
  }
  if (bad != 0) return false;
  for (; i < text.size(); ++i) {
    const bool last = i + 1 == text.size();
    if (text[i] == '\t' || (text[i] == ' ' && (last || text[i + 1] == ' '))) return false;
  }
  return true;
}

}  // namespace

void CanonicalBody::add(std::string_view text) {
  if (text.empty()) return;
  if (held_cr_ && text.front() != '\n') line_part("\r");
  held_cr_ = false;
  for (auto lf = text.find('\n'); lf != std::string_view::npos; lf = text.find('\n')) {
    line_part(text.substr(0, lf > 0 && text[lf - 1] == '\r' ? lf - 1 : lf));
    end_line();
    text.remove_prefix(lf + 1);
  }
  held_cr_ = text.ends_with('\r');
  if (held_cr_) text.remove_suffix(1);
  line_part(text);
}

void CanonicalBody::finish() {
  if (held_cr_) line_part("\r");
  if (in_line_ || space_) end_line();
  if (empty_ && form_ == Canonicalization::simple) put(kCrlf);
  flush();
}

void CanonicalBody::line_part(std::string_view text) {
  if (text.empty()) return;
  if (form_ == Canonicalization::simple || (!space_ && is_relaxed(text)))
    emit(text);
  else
    squeeze(text);
}

void CanonicalBody::squeeze(std::string_view text) {
  while (!text.empty()) {
    const auto* const word = std::find_if_not(text.begin(), text.end(), is_wsp);
    space_ |= word != text.begin();
    if (word == text.end()) return;
    const auto* const end = std::find_if(word, text.end(), is_wsp);
    if (space_) emit(" ");
    space_ = false;
    emit({word, static_cast<std::size_t>(end - word)});
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
}

void CanonicalBody::end_line() {
  space_ = false;
  if (in_line_)
    put(kCrlf);
  else
    ++blanks_;
  in_line_ = false;
}

void CanonicalBody::emit(std::string_view text) {
  for (; blanks_ > 0; --blanks_) put(kCrlf);
  in_line_ = true;
  put(text);
}

void CanonicalBody::put(std::string_view text) {
  empty_ = false;
  if (text.size() > kBuffer - used_) flush();
  if (text.size() > kBuffer) {
    sink_(text);
    return;
  }
  std::memcpy(buffer_.data() + used_, text.data(), text.size());
  used_ += text.size();
}

void CanonicalBody::flush() {
  if (used_ > 0) sink_({buffer_.data(), used_});
  used_ = 0;
}

}  // namespace milter
