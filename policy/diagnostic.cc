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

std::string without_zone(std::string line) {
  constexpr std::string_view kKey = "zone:";
  for (auto at = line.find(kKey); at != std::string::npos; at = line.find(kKey, at + 1)) {
    auto i = line.find_first_not_of(" \"'", at + kKey.size());
    if (i == std::string::npos || line[i] == '{') continue;
    for (; i < line.size() && std::string_view(" \"',}").find(line[i]) == std::string_view::npos; ++i)
      line[i] = '*';
  }
  return line;
}

// Where `lists` stands as a key, quoted or not; npos: nowhere.
std::size_t find_lists_key(std::string_view line) {
  constexpr std::string_view kKey = "lists";
  for (auto at = line.find(kKey); at != std::string_view::npos; at = line.find(kKey, at + 1)) {
    const auto before = line.substr(0, at);
    const bool begins = before.find_last_not_of(" \"'{,") == std::string_view::npos ||
                        std::string_view(" \"'{,").find(before.back()) != std::string_view::npos;
    const auto after = line.find_first_not_of("\"' ", at + kKey.size());
    if (begins && after != std::string_view::npos && line[after] == ':') return at;
  }
  return std::string_view::npos;
}

// How many brackets a line opens more than it closes. Quotes and comments are not looked at: who miscounts because of
// them hides too much, or sees the block's end by its indentation.
int depth_of(std::string_view line) {
  int depth = 0;
  for (const char c : line) depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
  return depth;
}

// Whether a line belongs to what stands below a key `lists`, in block or flow style, the key's own line included.
// However a key is misspelt there, its value may be the secret part of a zone.
bool is_below_lists(std::string_view source, int line) {
  if (source.find("lists") == std::string_view::npos) return false;
  bool inside = false;
  std::size_t indent = 0;
  int depth = 0;
  for (int i = 1; i <= line && !source.empty(); ++i) {
    const auto text = line_of(source, 1);
    source.remove_prefix(std::min(source.find('\n'), source.size() - 1) + 1);
    const auto begin = text.find_first_not_of(' ');
    const bool says_something = begin != std::string_view::npos && text[begin] != '#';
    if (inside && says_something && depth <= 0 && begin <= indent &&
        std::string_view("-]},").find(text[begin]) == std::string_view::npos)
      inside = false;
    if (inside) depth += depth_of(text);
    if (inside) continue;
    const auto key = says_something ? find_lists_key(text) : std::string_view::npos;
    if (key == std::string_view::npos) continue;
    inside = true;
    indent = begin;
    depth = depth_of(text.substr(key));
  }
  return inside;
}

// What a list may refer to by an alias.
bool has_anchor(std::string_view line) { return line.find('&') != std::string_view::npos; }

std::string hidden(std::string line) {
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c != ' '; }, '*');
  return line;
}

std::string without_keys(std::string line, std::string_view source, int number) {
  const bool all =
      is_below_lists(source, number) || (has_anchor(line) && source.find("lists") != std::string_view::npos);
  return all ? hidden(std::move(line)) : without_zone(std::move(line));
}

// A message about a list may repeat what it read in this line: names of hosts in it become asterisks.
std::string without_hosts(std::string message, std::string_view line) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_part = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  for (std::size_t begin = 0; begin < message.size(); ++begin) {
    if (!is_part(message[begin])) continue;
    auto end = begin;
    bool letter = false;
    for (; end < message.size() && is_part(message[end]); ++end) letter |= is_letter(message[end]);
    const auto dot = message.find('.', begin);
    const bool host = letter && dot > begin && dot < end - 1;
    if (host && line.find(std::string_view(message).substr(begin, end - begin)) != std::string_view::npos)
      std::fill(message.begin() + static_cast<std::ptrdiff_t>(begin),
                message.begin() + static_cast<std::ptrdiff_t>(end), '*');
    begin = end;
  }
  return message;
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
                         paint(error ? "1;31" : "1;35", error ? "error:" : "warning:"),
                         at.line > 0 && is_below_lists(source, at.line)
                             ? without_hosts(message, line_of(source, at.line))
                             : message,
                         suggestion.empty() ? "" : "; did you mean " + paint("1;32", suggestion) + "?");
  const auto line =
      at.line > 0 ? without_keys(without_controls(line_of(source, at.line)), source, at.line) : std::string();
  if (line.empty() || at.column < 1) return out;
  const auto octet = std::min(static_cast<std::size_t>(at.column - 1), line.size());
  const auto [text, letters] = around(line, octet);
  return out + fmt::format("\n{:5} | {}\n      | {}{}", at.line, text, std::string(letters, ' '),
                           paint("1;32", "^"));
}

}  // namespace policy
