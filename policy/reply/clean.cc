#include "policy/reply/clean.h"

#include <algorithm>

#include "policy/address.h"
#include "policy/domain.h"
#include "policy/text.h"

namespace policy {
namespace {

constexpr std::string_view kCut = "...";
constexpr std::string_view kNoName = "(unprintable name)";
constexpr std::string_view kNoAddress = "(unprintable address)";
constexpr std::string_view kRef = "ref=";
constexpr std::string_view kScheme = "://";
// Nothing longer is printed whole; what is looked at is bounded before anything else is done with it.
constexpr std::size_t kLongestLook = 2048;
constexpr std::size_t kLongestLocal = 32;  // of a mailbox; RFC 5321 4.5.3.1.1 allows 64
constexpr std::size_t kLeastLocal = 12;

// One to three digits at `at`; 0: none.
std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t n = 0;
  while (n < 3 && at + n < text.size() && is_digit(text[at + n])) ++n;
  return n;
}

// The length of "550 " or "550-" at `at`, or 0.
std::size_t code_at(std::string_view text, std::size_t at) {
  if (digits_at(text, at) != 3 || at + 3 >= text.size()) return 0;
  return text[at + 3] == ' ' || text[at + 3] == '-' ? 4 : 0;
}

// The length of "5.7.1" and the space behind it, if any, at `at`, or 0.
std::size_t enhanced_at(std::string_view text, std::size_t at) {
  const auto begin = at;
  for (int part = 0; part < 3; ++part) {
    const auto digits = digits_at(text, at);
    if (digits == 0) return 0;
    at += digits;
    if (part == 2) break;
    if (at >= text.size() || text[at] != '.') return 0;
    ++at;
  }
  if (at < text.size() && text[at] != ' ') return 0;
  return std::min(at + 1, text.size()) - begin;
}

// Printable ASCII only, runs of space are one, none at the ends.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongestLook)) {
    const char seen = c >= 0x20 && c <= 0x7E ? c : '?';
    if (seen == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += seen;
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

// Bounces join the lines of a reply, codes left in: a value must not look as if a line began inside it.
std::string without_codes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool word_start = out.empty() || out.back() == ' ';
    const auto code = word_start ? code_at(text, at) : 0;
    const auto enhanced = word_start ? enhanced_at(text, at + code) : 0;
    if ((code > 0 && enhanced > 0) || (out.empty() && code + enhanced > 0))
      at += code + enhanced;
    else
      out += text[at++];
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

// Each occurrence of `what`, in any case, gets `mark` before its last `tail` characters.
std::string broken_up(std::string text, std::string_view what, std::size_t tail, char mark) {
  for (std::size_t at = 0; at + what.size() <= text.size(); ++at)
    if (same_name(std::string_view(text).substr(at, what.size()), what))
      text.insert(at + what.size() - tail, 1, mark);
  return text;
}

std::string replaced(std::string text, std::string_view which, char by) {
  std::replace_if(
      text.begin(), text.end(), [&](char c) { return which.find(c) != std::string_view::npos; }, by);
  return text;
}

std::string clean_text(std::string_view value) {
  auto text = without_codes(printable(value));
  return broken_up(broken_up(std::move(text), kScheme, 2, ' '), kRef, 1, ' ');
}

std::string keep_begin(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  return std::string(text.substr(0, width - kCut.size())) + std::string(kCut);
}

std::string keep_end(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  return std::string(kCut) + std::string(text.substr(text.size() - (width - kCut.size())));
}

std::string clean_domain(std::string_view value) {
  if (value.starts_with('[') && value.ends_with(']') && value.size() > 2)
    if (const auto literal = Address::parse(value.substr(1, value.size() - 2)))
      return "[" + literal->text() + "]";
  auto name = normal_name(value);
  const bool fits = name.size() <= kLongestLook && std::all_of(name.begin(), name.end(), [](char c) {
                      return is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
                    });
  // "550-5.7.1" has the letters of a name.
  const bool imitates = code_at(name, 0) > 0 && enhanced_at(name, code_at(name, 0)) > 0;
  return fits && !imitates ? name : std::string(kNoName);
}

std::string clean_mailbox(std::string_view value) {
  const auto at = value.rfind('@');
  auto local = replaced(clean_text(value.substr(0, at)), "<>", '?');
  if (at == std::string_view::npos) return local;
  return local + "@" + clean_domain(value.substr(at + 1));
}

std::string clean_address(std::string_view value) {
  const auto address = Address::parse(value);
  return address ? address->text() : std::string(kNoAddress);
}

bool is_url_letter(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

std::string clean_url(std::string_view value) {
  const bool web = value.starts_with("https://") || value.starts_with("http://");
  if (!web || value.size() > widths(Form::url).full) return "";
  if (!std::all_of(value.begin(), value.end(), is_url_letter)) return "";
  // A second scheme would be somebody else's link inside of ours.
  const bool nested = value.find(kScheme) != value.rfind(kScheme);
  return nested || value.find(kRef) != std::string_view::npos ? "" : std::string(value);
}

std::string shorten_mailbox(std::string_view cleaned, std::size_t width) {
  if (cleaned.size() <= width) return std::string(cleaned);
  const auto at = cleaned.rfind('@');
  if (at == std::string_view::npos) return keep_begin(cleaned, width);
  const auto local = cleaned.substr(0, at);
  const auto domain = cleaned.substr(at + 1);
  const auto room = width - 1;  // but for the @
  const auto least_local = kLeastLocal + kCut.size();
  const auto for_local = std::max(least_local, room - std::min(room, domain.size()));
  auto shown = keep_begin(local, std::min(for_local, kLongestLocal + kCut.size()));
  const auto rest = room - shown.size();
  return shown + "@" + keep_end(domain, rest);
}

std::string in_form(std::string_view value, Form form) {
  switch (form) {
    case Form::text:
    case Form::word:
    case Form::helo:
      return replaced(clean_text(value), "\"", '\'');
    case Form::address:
      return clean_address(value);
    case Form::domain:
      return clean_domain(value);
    case Form::mailbox:
      return clean_mailbox(value);
    case Form::url:
      return clean_url(value);
  }
  return "";
}

}  // namespace

Widths widths(Form form) {
  switch (form) {
    case Form::text:
      return {100, 40};
    case Form::helo:
      return {64, kLeastDomainTail + kCut.size()};
    case Form::word:
      return {30, 20};  // an int64_t has 20 characters
    case Form::address:
      return {39, 39};  // the longest IPv6 address, RFC 5952
    case Form::domain:
      return {64, kLeastDomainTail + kCut.size()};
    case Form::mailbox:
      return {80, kLeastLocal + kCut.size() + 1 + kLeastDomainTail + kCut.size()};
    case Form::url:
      return {120, 120};
  }
  return {};
}

Form form_of(std::string_view path, Kind kind) {
  if (path == "dnsbl.lookup") return Form::url;  // made from the list's `lookup`, our own configuration
  if (path == "helo.name" || path == "helo.given") return Form::helo;  // what makes it invalid must be seen
  switch (kind) {
    case Kind::flag:
    case Kind::number:
    case Kind::word:
      return Form::word;
    case Kind::text:
      return Form::text;
    case Kind::address:
      return Form::address;
    case Kind::domain:
      return Form::domain;
    case Kind::mailbox:
      return Form::mailbox;
  }
  return Form::text;
}

std::string clean(std::string_view value, Form form) {
  if (value.empty()) return "";
  return shorten(in_form(value, form), form, widths(form).full);
}

std::string clean(const Value& value, Form form) {
  if (std::holds_alternative<Unavailable>(value)) return "";
  const auto* list = std::get_if<TextList>(&value);
  if (!list) return clean(std::string_view(to_text(value)), form);
  std::string out;
  for (const auto& item : *list) {
    auto shown = clean(std::string_view(item), form);
    if (form == Form::url && !shown.empty()) return shown;  // one link is enough
    if (!shown.empty()) out += (out.empty() ? "" : ", ") + shown;
    if (out.size() > kLongestLook) break;
  }
  return shorten(out, Form::text, widths(Form::text).full);
}

std::string shorten(std::string_view cleaned, Form form, std::size_t width) {
  switch (form) {
    case Form::text:
    case Form::word:
      return keep_begin(cleaned, width);
    case Form::helo:
    case Form::domain:
      return keep_end(cleaned, width);
    case Form::mailbox:
      return shorten_mailbox(cleaned, width);
    case Form::address:
      return std::string(cleaned);
    case Form::url:
      return cleaned.size() <= width ? std::string(cleaned) : std::string();
  }
  return "";
}

}  // namespace policy
