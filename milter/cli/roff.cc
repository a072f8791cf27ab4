#include "milter/cli/roff.h"

#include <fmt/format.h>

#include <cstdint>

namespace milter {
namespace {

// The character that begins at `at`, in UTF-8; `at` is then at its last octet. Our own texts are well-formed.
std::uint32_t wide_character(std::string_view text, std::size_t& at) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text.at(i)); };
  const unsigned first = octet(at);
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  std::uint32_t character = first & (0x3FU >> more);
  for (std::size_t i = 0; i < more; ++i) character = character << 6U | (octet(++at) & 0x3FU);
  return character;
}

// A hyphen that is typed is \-: a plain one may be printed as a typographic one, which cannot be copied.
std::string escaped(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (static_cast<unsigned char>(c) >= 0x80)
      out += fmt::format("\\[u{:04X}]", wide_character(text, i));
    else
      out += c;
    line_begins = c == '\n';
  }
  return out;
}

// An argument of a macro.
std::string argument(std::string_view text) {
  std::string out = "\"";
  for (const char c : escaped(text)) out += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return out + '"';
}

// Without line ends at its ends, and with .PP for an empty line within.
std::string filled(std::string_view text, std::string_view between) {
  while (text.starts_with('\n')) text.remove_prefix(1);
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return "";
  auto out = escaped(text);
  for (auto at = out.find("\n\n"); at != std::string::npos; at = out.find("\n\n"))
    out.replace(at, 2, fmt::format("\n{}\n", between));
  return out + '\n';
}

}  // namespace

ManPage::ManPage(std::string_view name, std::string_view section, std::string_view summary,
                 std::string_view version)
    : text_(fmt::format(".TH {} {} \"\" {}\n.SH NAME\n{} \\- {}\n", argument(name), section,
                        argument(fmt::format("fivefifty {}", version)), escaped(name), escaped(summary))) {}

ManPage& ManPage::section(std::string_view title) {
  text_ += fmt::format(".SH {}\n", argument(title));
  return *this;
}

ManPage& ManPage::subsection(std::string_view title) {
  text_ += fmt::format(".SS {}\n", argument(title));
  return *this;
}

ManPage& ManPage::paragraph(std::string_view text) {
  text_ += ".PP\n" + filled(text, ".PP");
  return *this;
}

ManPage& ManPage::item(std::string_view term, std::string_view text) {
  text_ += fmt::format(".TP\n.B {}\n{}", argument(term), filled(text, ".IP"));
  return *this;
}

ManPage& ManPage::deeper() {
  text_ += ".RS\n";
  return *this;
}

ManPage& ManPage::back() {
  text_ += ".RE\n";
  return *this;
}

ManPage& ManPage::example(std::string_view lines) {
  while (lines.starts_with('\n')) lines.remove_prefix(1);
  text_ += fmt::format(".PP\n.RS 4\n.nf\n{}.fi\n.RE\n", escaped(lines));
  return *this;
}

}  // namespace milter
