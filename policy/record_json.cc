#include "policy/record_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace policy {
namespace {

constexpr unsigned kReplacement = 0xFFFD;

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

bool is_high_surrogate(unsigned code) { return code >= 0xD800 && code < 0xDC00; }
bool is_low_surrogate(unsigned code) { return code >= 0xDC00 && code < 0xE000; }

// RFC 8259 7: what a backslash and one letter stand for; 0: no such escape.
char simple_escape(char letter) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const auto at = kLetters.find(letter);
  return at == std::string_view::npos ? '\0' : kMeanings[at];
}

// Where a quote or a backslash is, or the end. By hand: find_first_of looks each octet up in the set with a
// call of its own, which was most of a replay's time.
std::size_t end_of_plain(std::string_view json, std::size_t at) {
  while (at < json.size() && json[at] != '"' && json[at] != '\\') ++at;
  return at;
}

}  // namespace

void JsonCursor::fail(std::string what) {
  if (error_.empty()) error_ = fmt::format("column {}: {}", at_ + 1, what);
  at_ = json_.size();
}

void JsonCursor::spaces() {
  while (at_ < json_.size() &&
         (json_[at_] == ' ' || json_[at_] == '\t' || json_[at_] == '\r' || json_[at_] == '\n'))
    ++at_;
}

bool JsonCursor::at_end() {
  spaces();
  return at_ == json_.size();
}

bool JsonCursor::expect(char c) {
  spaces();
  if (at_ < json_.size() && json_[at_] == c) {
    ++at_;
    return true;
  }
  fail(fmt::format("expected {}", c));
  return false;
}

bool JsonCursor::open(char bracket) {
  if (!expect(bracket)) return false;
  if (++depth_ > kDeepestJson) {
    fail("nested too deeply");
    return false;
  }
  fresh_ = true;
  return true;
}

bool JsonCursor::next(char closing) {
  spaces();
  if (at_ < json_.size() && json_[at_] == closing) {
    ++at_;
    --depth_;
    fresh_ = false;
    return false;
  }
  if (!fresh_ && !expect(',')) return false;
  fresh_ = false;
  spaces();
  if (at_ == json_.size()) fail("ends too early");
  return error_.empty();
}

JsonCursor::Type JsonCursor::peek() {
  spaces();
  if (at_ == json_.size()) return Type::none;
  switch (json_[at_]) {
    case '{':
      return Type::object;
    case '[':
      return Type::array;
    case '"':
      return Type::text;
    case 't':
    case 'f':
      return Type::boolean;
    case 'n':
      return Type::null;
    default:
      return Type::number;
  }
}

std::string JsonCursor::text() {
  std::string out;
  if (!expect('"')) return out;
  while (true) {
    const auto stop = end_of_plain(json_, at_);
    if (stop == json_.size()) {
      fail("a string without end");
      return "";
    }
    out.append(json_, at_, stop - at_);
    at_ = stop + 1;
    if (json_[stop] == '"') return out;
    escape(out);
  }
}

// As text(), but nothing is kept: the string ends with the first quote before which an even number of
// backslashes stands.
void JsonCursor::skip_text() {
  if (!expect('"')) return;
  const auto begin = at_;
  for (auto quote = json_.find('"', begin); quote != std::string_view::npos;
       quote = json_.find('"', quote + 1)) {
    auto escapes = quote;
    while (escapes > begin && json_[escapes - 1] == '\\') --escapes;
    at_ = quote + 1;
    if ((quote - escapes) % 2 == 0) return;
  }
  fail("a string without end");
}

void JsonCursor::escape(std::string& out) {
  const char letter = at_ < json_.size() ? json_[at_++] : '\0';
  if (letter != 'u') {
    const char meant = simple_escape(letter);
    if (meant == '\0') return fail("unknown escape");
    out += meant;
    return;
  }
  auto code = hex4();
  if (is_high_surrogate(code) && json_.substr(at_, 2) == "\\u") {
    const auto before = at_;
    at_ += 2;
    const auto low = hex4();
    if (is_low_surrogate(low))
      code = 0x10000U + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
    else if (error_.empty())
      at_ = before;
  }
  append_utf8(out, is_high_surrogate(code) || is_low_surrogate(code) ? kReplacement : code);
}

unsigned JsonCursor::hex4() {
  unsigned code = 0;
  const auto digits = json_.substr(std::min(at_, json_.size()), 4);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (failed != std::errc{} || end != digits.data() + 4) {
    fail("expected four hex digits");
    return kReplacement;
  }
  at_ += 4;
  return code;
}

std::int64_t JsonCursor::integer() {
  spaces();
  std::int64_t number = 0;
  const auto* const begin = json_.data() + at_;
  const auto* const all = json_.data() + json_.size();
  const auto [end, failed] = std::from_chars(begin, all, number);
  if (failed != std::errc{} || (end != all && (*end == '.' || *end == 'e' || *end == 'E'))) {
    fail("expected an integer");
    return 0;
  }
  at_ += static_cast<std::size_t>(end - begin);
  return number;
}

bool JsonCursor::literal(std::string_view word) {
  if (json_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

bool JsonCursor::boolean() {
  spaces();
  if (literal("true")) return true;
  if (!literal("false")) fail("expected true or false");
  return false;
}

bool JsonCursor::null() {
  spaces();
  return literal("null");
}

void JsonCursor::skip() {
  switch (peek()) {
    case Type::object:
      return object([this](std::string_view) { skip(); });
    case Type::array:
      return array([this] { skip(); });
    case Type::text:
      return skip_text();
    case Type::boolean:
      boolean();
      return;
    case Type::null:
      if (!null()) fail("expected null");
      return;
    case Type::number: {
      const auto end = json_.find_first_not_of("+-0123456789.eE", at_);
      if (end == at_) return fail("expected a value");
      at_ = std::min(end, json_.size());
      return;
    }
    case Type::none:
      return fail("expected a value");
  }
}

void JsonCursor::pass_over() {
  const auto type = peek();
  if (type != Type::object && type != Type::array) return skip();
  int open = 0;
  while (at_ < json_.size()) {
    const char c = json_[at_];
    if (c == '"') {
      skip_text();
      continue;
    }
    ++at_;
    if (c == '{' || c == '[') ++open;
    if ((c == '}' || c == ']') && --open == 0) return;
  }
  fail("ends too early");
}

}  // namespace policy
