#include "policy/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

namespace policy {
namespace {

constexpr std::size_t kWidestLine = 100;  // octets of a source line that are shown: it must fit a terminal
constexpr std::size_t kBeforeCaret = 60;  // of those, at most this many before the place

struct Paint {
  Colour colour;
  std::string operator()(std::string_view code, const std::string& text) const {
    return colour == Colour::always ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
  }
};

std::string_view line_of(std::string_view source, int line) {
  for (int i = 1; i < line; ++i) {
    const auto end = source.find('\n');
    if (end == std::string_view::npos) return {};
    source.remove_prefix(end + 1);
  }
  const auto shown = source.substr(0, source.find('\n'));
  return shown.substr(0, shown.find('\r'));
}

// Tabs and other controls become blanks, so that the caret stands where it should.
std::string without_controls(std::string_view line) {
  std::string out(line);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }, ' ');
  return out;
}

std::string without_keys(std::string line) {
  constexpr std::string_view kKey = "zone:";
  for (auto at = line.find(kKey); at != std::string::npos; at = line.find(kKey, at + 1)) {
    auto i = line.find_first_not_of(" \"'", at + kKey.size());
    if (i == std::string::npos || line[i] == '{') continue;
    for (; i < line.size() && std::string_view(" \"',}").find(line[i]) == std::string_view::npos; ++i)
      line[i] = '*';
  }
  return line;
}

bool continues_letter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }  // UTF-8

// The piece of a line around an octet, and how many letters stand before it.
struct Excerpt {
  std::string text;
  std::size_t letters_before;
};
Excerpt around(const std::string& line, std::size_t octet) {
  auto begin = octet > kBeforeCaret ? octet - kBeforeCaret : 0;
  while (begin < octet && continues_letter(line[begin])) ++begin;
  auto end = std::min(line.size(), begin + kWidestLine);
  while (end < line.size() && continues_letter(line[end])) ++end;
  const auto before = line.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto letters = std::count_if(before, before + static_cast<std::ptrdiff_t>(octet - begin),
                                     [](char c) { return !continues_letter(c); });
  return {line.substr(begin, end - begin), static_cast<std::size_t>(letters)};
}

}  // namespace

std::string to_text(const Diagnostic& diagnostic) {
  const auto& [severity, at, message, suggestion] = diagnostic;
  return fmt::format("{}:{}:{}: {}: {}{}", at.file, at.line, at.column,
                     severity == Severity::error ? "error" : "warning", message,
                     suggestion.empty() ? "" : fmt::format("; did you mean {}?", suggestion));
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

std::string to_text(const Diagnostic& diagnostic, std::string_view source, Colour colour) {
  const Paint paint{colour};
  const auto& [severity, at, message, suggestion] = diagnostic;
  const bool error = severity == Severity::error;
  auto out = fmt::format("{} {} {}{}", paint("1", fmt::format("{}:{}:{}:", at.file, at.line, at.column)),
                         paint(error ? "1;31" : "1;35", error ? "error:" : "warning:"), message,
                         suggestion.empty() ? "" : "; did you mean " + paint("1;32", suggestion) + "?");
  const auto line = at.line > 0 ? without_keys(without_controls(line_of(source, at.line))) : std::string();
  if (line.empty() || at.column < 1) return out;
  const auto octet = std::min(static_cast<std::size_t>(at.column - 1), line.size());
  const auto [text, letters] = around(line, octet);
  return out + fmt::format("\n{:5} | {}\n      | {}{}", at.line, text, std::string(letters, ' '),
                           paint("1;32", "^"));
}

}  // namespace policy
