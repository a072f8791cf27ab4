#include "milter/mail/header_tokens.h"

#include <optional>

namespace milter {
namespace {

using Kind = HeaderToken::Kind;

constexpr std::string_view kSpecials = "<>:;@,.)]";  // what opens a token of its own kind is not here

bool is_wsp(char c) { return c == ' ' || c == '\t'; }
bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }

class Reader {
 public:
  explicit Reader(std::string_view value) : rest_(value) {}

  HeaderTokens read() && {
    while (out_.problem.empty() && !rest_.empty()) step();
    return std::move(out_);
  }

 private:
  void step() {
    if (const auto length = fold(); length > 0) {
      rest_.remove_prefix(length);
      space_ = true;
      return;
    }
    const char c = rest_.front();
    if (is_control(c)) return fail("a control character");
    if (c == '(') return comment();
    if (c == '"') return enclosed(Kind::quoted, '"', "a quotation mark that is not closed");
    if (c == '[') return enclosed(Kind::literal, ']', "a square bracket that is not closed");
    if (kSpecials.find(c) != std::string_view::npos) return add(Kind::special, std::string(1, take()));
    word();
  }

  // Length of the white space in front: one blank, or a line break with the blank after it.
  std::size_t fold() const {
    if (is_wsp(rest_.front())) return 1;
    const std::size_t line_break = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
    return line_break > 0 && rest_.size() > line_break && is_wsp(rest_[line_break]) ? line_break + 1 : 0;
  }

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  void fail(std::string problem) { out_.problem = std::move(problem); }

  void add(Kind kind, std::string text) {
    out_.tokens.push_back({kind, std::move(text), space_});
    space_ = false;
  }

  void word() {
    std::string text;
    while (!rest_.empty() && !is_wsp(rest_.front()) && !is_control(rest_.front()) &&
           kSpecials.find(rest_.front()) == std::string_view::npos && rest_.front() != '(' &&
           rest_.front() != '"' && rest_.front() != '[')
      text += take();
    add(Kind::word, std::move(text));
  }

  // One octet inside quotes, brackets or a comment, its backslash removed; nullopt: nothing usable is left.
  struct Octet {
    char c;
    bool escaped;
  };
  std::optional<Octet> inner() {
    if (rest_.empty()) return std::nullopt;
    if (const auto length = fold(); length > 0) {
      rest_.remove_prefix(length);
      return Octet{' ', true};
    }
    const bool escaped = rest_.front() == '\\' && rest_.size() > 1;
    if (escaped) rest_.remove_prefix(1);
    if (is_control(rest_.front())) {
      fail("a control character");
      return std::nullopt;
    }
    return Octet{take(), escaped};
  }

  void enclosed(Kind kind, char end, std::string_view unclosed) {
    std::string text;
    if (kind == Kind::literal) text += rest_.front();
    rest_.remove_prefix(1);
    while (const auto octet = inner()) {
      const bool closes = octet->c == end && !octet->escaped;
      if (!closes || kind == Kind::literal) text += octet->c;
      if (closes) return add(kind, std::move(text));
    }
    if (out_.problem.empty()) fail(std::string(unclosed));
  }

  void comment() {
    int depth = 0;
    while (const auto octet = inner()) {
      if (octet->escaped) continue;
      if (octet->c == '(' && ++depth > kDeepestComment)
        return fail("comments nested more than " + std::to_string(kDeepestComment) + " deep");
      if (octet->c == ')' && --depth == 0) {
        space_ = true;
        return;
      }
    }
    if (out_.problem.empty()) fail("a comment that is not closed");
  }

  std::string_view rest_;  // of the value, which the caller keeps
  HeaderTokens out_;
  bool space_ = false;
};

}  // namespace

HeaderTokens read_tokens(std::string_view value) {
  while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);  // the field's own end
  if (value.size() > kLongestStructuredField)
    return {{}, "more than " + std::to_string(kLongestStructuredField) + " octets"};
  return Reader(value).read();
}

}  // namespace milter
