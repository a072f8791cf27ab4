// Writes the value of a structured header field from words that may be foreign: quoted, cleaned, folded.
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace milter {

inline constexpr std::size_t kWidestHeaderLine = 78;    // RFC 5322 2.1.1 SHOULD
inline constexpr std::size_t kLongestHeaderWord = 256;  // a mail address may have 254 (RFC 5321 4.5.3.1.3)

// What a reader gets back is `text` with unprintable octets as '?', cut at kLongestHeaderWord.
std::string quoted(std::string_view text);  // always in quotation marks
// As RFC 8601 2.2 "pvalue": bare if it is a token or token@token, else quoted.
std::string word_or_quoted(std::string_view text);
// As RFC 7208 9.1 wants key-value pairs: bare if it is a dot-atom, else quoted.
std::string dot_atom_or_quoted(std::string_view text);
// For inside a comment, without the parentheses.
std::string comment_text(std::string_view text);

// One value, folded before words that would not fit. A fold is LF and a tab, as libmilter takes it.
class FieldWriter {
 public:
  explicit FieldWriter(std::string_view field_name) : column_(field_name.size() + 2) {}
  void add(std::string_view word);        // after a blank, or on a new line; never broken inside
  void add_words(std::string_view text);  // each of its words; blanks collapse
  void next_line();                       // the next word starts a line
  void append(std::string_view end) {
    value_ += end;
    ++column_;
  }  // directly: a semicolon
  std::string take() && { return std::move(value_); }

 private:
  std::string value_;
  std::size_t column_;
  bool fresh_ = true;  // nothing written yet
  bool fold_ = false;  // next_line() was called
};

}  // namespace milter
