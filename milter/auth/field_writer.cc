#include "milter/auth/field_writer.h"

#include <algorithm>

namespace milter {
namespace {

constexpr std::size_t kTabWidth = 8;  // as most programs show it

bool is_printable(char c) { return c >= 0x20 && c <= 0x7E; }

std::string cleaned(std::string_view text) {
  std::string out(text.substr(0, kLongestHeaderWord));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !is_printable(c); }, '?');
  return out;
}

// RFC 2045 5.1: printable, no blank, none of the tspecials.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_printable(c) && std::string_view(" ()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
  });
}

// RFC 5322 3.2.3.
bool is_atom(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_printable(c) && std::string_view(" ()<>[]:;@\\,.\"").find(c) == std::string_view::npos;
  });
}

bool is_dot_atom(std::string_view text) {
  for (;;) {
    const auto dot = text.find('.');
    if (!is_atom(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : cleaned(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string word_or_quoted(std::string_view text) {
  const auto at = text.find('@');
  const bool bare = at == std::string_view::npos
                        ? is_token(text)
                        : is_token(text.substr(0, at)) && is_token(text.substr(at + 1));
  return bare && text.size() <= kLongestHeaderWord ? std::string(text) : quoted(text);
}

std::string dot_atom_or_quoted(std::string_view text) {
  return is_dot_atom(text) && text.size() <= kLongestHeaderWord ? std::string(text) : quoted(text);
}

std::string comment_text(std::string_view text) {
  auto out = cleaned(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '(' || c == ')' || c == '\\'; }, '?');
  return out;
}

void FieldWriter::add(std::string_view word) {
  const bool fits = column_ + 1 + word.size() < kWidestHeaderLine;  // room for a semicolon
  if (fresh_) {
    fresh_ = false;
  } else if (fits && !fold_) {
    value_ += ' ';
    ++column_;
  } else {
    value_ += "\n\t";
    column_ = kTabWidth;
  }
  fold_ = false;
  value_ += word;
  column_ += word.size();
}

void FieldWriter::add_words(std::string_view text) {
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (!word.empty()) add(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
}

void FieldWriter::next_line() { fold_ = true; }

}  // namespace milter
