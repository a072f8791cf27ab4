#include "milter/cli/html/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace milter {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  char32_t point = 0;
  std::size_t length = 0;  // octets; 0: no UTF-8
};

// How many octets the first one announces; 0 is none that may stand first.
std::size_t announced(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

Character first_of(std::string_view text) {
  const auto length = announced(static_cast<unsigned char>(text.front()));
  if (length == 0 || length > text.size()) return {};
  if (length == 1) return {static_cast<unsigned char>(text.front()), 1};
  char32_t point = static_cast<unsigned char>(text.front()) & (0x7FU >> length);
  for (const char c : text.substr(1, length - 1)) {
    const auto octet = static_cast<unsigned char>(c);
    if ((octet & 0xC0U) != 0x80) return {};
    point = (point << 6U) | (octet & 0x3FU);
  }
  // RFC 3629 3: no longer form than needed, no surrogates, nothing past U+10FFFF.
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  if (overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return {};
  return {point, length};
}

// Controls, and those marks of Unicode that are not seen but change how the rest looks.
bool is_disguise(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

std::string_view entity(char32_t point) {
  switch (point) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

std::string_view css_class(HtmlColumn::Form form) {
  switch (form) {
    case HtmlColumn::Form::text:
      return "";
    case HtmlColumn::Form::number:
      return " class=\"n\"";
    case HtmlColumn::Form::wide:
      return " class=\"w\"";
  }
  return "";
}

}  // namespace

Html escape(std::string_view text) {
  Html out;
  while (!text.empty()) {
    const auto [point, length] = first_of(text);
    const auto taken = text.substr(0, std::max<std::size_t>(length, 1));
    const auto named = entity(point);
    out.code += length == 0 || is_disguise(point) ? kReplacement : named.empty() ? taken : named;
    text.remove_prefix(taken.size());
  }
  return out;
}

Html name(std::string_view text) { return {"<bdi>" + escape(text).code + "</bdi>"}; }
Html code(std::string_view text) { return {"<code>" + escape(text).code + "</code>"}; }

Html number(std::uint64_t count) {
  auto digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return {digits};
}

Html percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return {};
  return {fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole))};
}

Html bar(std::uint64_t part, std::uint64_t whole, int colour) {
  if (whole == 0) return {};
  return {
      fmt::format("<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" "
                  "aria-label=\"{} of {}\"><rect class=\"s{}\" width=\"{:.1f}\" height=\"10\"/></svg>",
                  number(part).code, number(whole).code, colour,
                  100.0 * static_cast<double>(part) / static_cast<double>(whole))};
}

Html bullets(const std::vector<Html>& items) {
  Html out{"<ul>"};
  for (const auto& item : items) out.code += "<li>" + item.code + "</li>";
  out.code += "</ul>";
  return out;
}

HtmlTable::HtmlTable(std::string caption, std::vector<HtmlColumn> columns)
    : caption_(std::move(caption)), columns_(std::move(columns)) {}

void HtmlTable::row(const std::vector<Html>& cells) {
  assert(cells.size() == columns_.size());
  rows_.code += "<tr>";
  for (std::size_t i = 0; i < columns_.size(); ++i)
    rows_.code += fmt::format("<td{} data-of=\"{}\">{}</td>", css_class(columns_[i].form),
                              escape(columns_[i].title).code, cells[i].code);
  rows_.code += "</tr>\n";
}

Html HtmlTable::html() const {
  Html out{
      fmt::format("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">"
                  "<table>\n<caption>{0}</caption>\n<thead><tr>",
                  escape(caption_).code)};
  for (const auto& column : columns_)
    out.code += fmt::format("<th scope=\"col\"{}>{}</th>", css_class(column.form), escape(column.title).code);
  out.code += "</tr></thead>\n<tbody>\n" + rows_.code + "</tbody>\n</table></div>\n";
  return out;
}

}  // namespace milter
