#include "policy/record/json_writer.h"

#include <array>
#include <charconv>

namespace policy {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr char32_t kNoCharacter = 0xFFFD;

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

void put_unit(std::string& out, std::uint32_t unit) {
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kHex[(unit >> shift) & 0xFU];
}

void put_escape(std::string& out, char32_t character) {
  if (character < 0x10000) return put_unit(out, character);
  put_unit(out, 0xD800U + ((character - 0x10000U) >> 10U));  // a pair of surrogates, RFC 8259 section 7
  put_unit(out, 0xDC00U + ((character - 0x10000U) & 0x3FFU));
}

void put_ascii(std::string& out, unsigned char c) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  const auto at = kShort.find(static_cast<char>(c));
  if (at == std::string_view::npos) return put_unit(out, c);
  out += '\\';
  out += kLetters[at];
}

// How a UTF-8 character of so many octets begins, and the least that it may stand for (RFC 3629 section 3).
struct Form {
  std::size_t length;
  unsigned char mask, lead;
  char32_t least;
};
constexpr std::array<Form, 3> kForms{
    {{2, 0xE0, 0xC0, 0x80}, {3, 0xF0, 0xE0, 0x800}, {4, 0xF8, 0xF0, 0x10000}}};

bool is_character(char32_t c) { return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF); }

// The character at the beginning of a text that begins with an octet above 127, and how many octets it takes. What is
// none is one octet of U+FFFD.
std::pair<char32_t, std::size_t> first_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  for (const auto& [length, mask, lead, least] : kForms) {
    if ((first & mask) != lead) continue;
    if (text.size() < length) break;
    char32_t character = first & static_cast<unsigned char>(~mask);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xC0U) != 0x80U) return {kNoCharacter, 1};
      character = (character << 6U) | (next & 0x3FU);
    }
    if (character >= least && is_character(character)) return {character, length};
    break;
  }
  return {kNoCharacter, 1};
}

void put_escaped(std::string& out, std::string_view value) {
  while (!value.empty()) {
    std::size_t plain = 0;
    while (plain < value.size() && is_plain(static_cast<unsigned char>(value[plain]))) ++plain;
    out += value.substr(0, plain);
    value.remove_prefix(plain);
    if (value.empty()) return;
    const auto c = static_cast<unsigned char>(value.front());
    if (c < 0x80) {
      put_ascii(out, c);
      value.remove_prefix(1);
      continue;
    }
    const auto [character, length] = first_character(value);
    put_escape(out, character);
    value.remove_prefix(length);
  }
}

}  // namespace

void JsonWriter::begin(char bracket) {
  comma();
  out_ += bracket;
  comma_ = false;
}

void JsonWriter::end(char bracket) {
  out_ += bracket;
  comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  comma();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  comma_ = false;
}

void JsonWriter::any_key(std::string_view name) {
  comma();
  out_ += '"';
  put_escaped(out_, name);
  out_ += "\":";
  comma_ = false;
}

void JsonWriter::text(std::string_view value) {
  comma();
  out_ += '"';
  put_escaped(out_, value);
  out_ += '"';
}

void JsonWriter::number(std::int64_t value) {
  comma();
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
}

void JsonWriter::literal(std::string_view value) {
  comma();
  out_ += value;
}

}  // namespace policy
