#include "policy/load/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "policy/nearest.h"

namespace policy {
namespace {

constexpr std::size_t kLongestQuote = 60;  // of a text that a message repeats: it must stay one line

std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, kLongestQuote)) out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return '"' + out + (text.size() > kLongestQuote ? "…\"" : "\"");
}

// yaml-cpp counts from 0 and gives empty nodes no mark of use: those stand where `otherwise` is.
Place place_of_node(const YAML::Node& node, const Place& otherwise) {
  const auto mark = node.Mark();
  if (node.IsNull() || mark.is_null()) return otherwise;
  return {otherwise.file, mark.line + 1, mark.column + 1};
}

std::vector<std::string> strings(std::span<const std::string_view> words) {
  return {words.begin(), words.end()};
}

// What yaml-cpp says, where it can be said so that people without its vocabulary understand.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPlainWords{{
    {"end of map flow not found", "a { is never closed"},
    {"end of sequence flow not found", "a [ is never closed"},
    {"the referenced anchor is not defined", "a text that begins with * must be in quotes"},
    {"unexpected character in block scalar", "a text that begins with > or | must be in quotes"},
}};

std::string in_plain_words(const std::string& message) {
  for (const auto& [theirs, ours] : kPlainWords)
    if (message == theirs) return std::string(ours);
  return message;
}

// Tabs cannot indent YAML, and the parser's message for one says something else.
bool is_tab_before(std::string_view text, const YAML::Mark& mark) {
  const auto end = std::min(static_cast<std::size_t>(mark.pos), text.size());
  const auto newline = text.substr(0, end).rfind('\n');
  const auto line = text.substr(newline == std::string_view::npos ? 0 : newline + 1);
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

auto order(const Diagnostic& d) { return std::tie(d.at.line, d.at.column); }

}  // namespace

void Findings::error(const Place& at, std::string message, std::string suggestion) {
  found_.push_back({Severity::error, at, std::move(message), std::move(suggestion)});
}

void Findings::warning(const Place& at, std::string message, std::string suggestion) {
  found_.push_back({Severity::warning, at, std::move(message), std::move(suggestion)});
}

std::vector<Diagnostic> Findings::by_place() const {
  auto out = found_;
  std::stable_sort(out.begin(), out.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool YamlValue::is_quoted() const { return node_.Tag() == "!"; }

std::optional<std::int64_t> YamlValue::number() const {
  const auto written = text();
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(written.data(), written.data() + written.size(), number);
  if (written.empty() || is_quoted() || failed != std::errc() || end != written.data() + written.size())
    return std::nullopt;
  return number;
}

std::optional<bool> YamlValue::flag() const {
  const auto written = text();
  if (is_quoted() || (written != "true" && written != "false")) return std::nullopt;
  return written == "true";
}

std::string YamlValue::described() const {
  if (is_empty()) return "nothing";
  if (is_list()) return "a list";
  if (is_mapping()) return "a mapping";
  if (flag()) return text();
  return (number() ? "the number " + text() : "the text " + quoted(text()));
}

std::vector<YamlValue> YamlValue::items() const {
  std::vector<YamlValue> out;
  if (is_list())
    for (const auto& item : node_) out.emplace_back(item, place_of_node(item, at_));
  return out;
}

std::vector<std::pair<YamlValue, YamlValue>> YamlValue::entries() const {
  std::vector<std::pair<YamlValue, YamlValue>> out;
  if (!is_mapping()) return out;
  for (const auto& entry : node_) {
    const YamlValue key(entry.first, place_of_node(entry.first, at_));
    out.emplace_back(key, YamlValue(entry.second, place_of_node(entry.second, key.at())));
  }
  return out;
}

std::string YamlValue::yaml() const { return YAML::Dump(node_); }

std::optional<YamlValue> parse_yaml(const Source& source, Findings& findings) {
  const Place start{source.file, 1, 1};
  try {
    const auto documents = YAML::LoadAll(std::string(source.text));
    if (documents.size() > 1) {
      findings.error(place_of_node(documents[1], start), "a second document (after ---), expected one");
      return std::nullopt;
    }
    if (documents.empty()) return YamlValue(YAML::Node(), start);
    return YamlValue(documents[0], place_of_node(documents[0], start));
  } catch (const YAML::Exception& bad) {
    const auto at = bad.mark.is_null() ? start : Place{source.file, bad.mark.line + 1, bad.mark.column + 1};
    const bool tab = !bad.mark.is_null() && is_tab_before(source.text, bad.mark);
    findings.error(at,
                   "this is not YAML: " + (tab ? "a line is indented with a tab" : in_plain_words(bad.msg)));
    return std::nullopt;
  }
}

std::optional<std::string> read_text(const YamlValue& value, std::string_view expected, Findings& findings) {
  if (value.is_scalar()) return value.text();
  findings.error(value.at(), fmt::format("expected {}, read {}", expected, value.described()));
  return std::nullopt;
}

std::optional<bool> read_flag(const YamlValue& value, Findings& findings) {
  if (const auto flag = value.flag()) return flag;
  const auto written = value.text();
  const bool yes = written == "yes" || written == "on" || written == "True";
  const bool no = written == "no" || written == "off" || written == "False";
  findings.error(value.at(), "expected true or false, read " + value.described(),
                 yes  ? "true"
                 : no ? "false"
                      : "");
  return std::nullopt;
}

std::optional<std::string> read_word(const YamlValue& value, std::span<const std::string_view> words,
                                     Findings& findings) {
  const auto written = value.text();
  if (value.is_scalar() && std::find(words.begin(), words.end(), written) != words.end()) return written;
  findings.error(value.at(), fmt::format("expected {}, read {}", one_of(words), value.described()),
                 nearest(written, strings(words)));
  return std::nullopt;
}

std::vector<YamlValue> read_list(const YamlValue& value, std::string_view expected, Findings& findings) {
  if (value.is_list()) return value.items();
  findings.error(value.at(), fmt::format("expected a list of {}, read {}", expected, value.described()));
  return {};
}

std::string one_of(std::span<const std::string_view> words) {
  if (words.empty()) return "nothing";
  if (words.size() == 1) return std::string(words.front());
  return fmt::format("{} or {}", fmt::join(words.first(words.size() - 1), ", "), words.back());
}

YamlMapping::YamlMapping(const YamlValue& value, std::string what, std::span<const std::string_view> keys,
                         Findings& findings)
    : what_(std::move(what)), at_(value.at()), findings_(findings) {
  if (!value.is_mapping() && !value.is_empty())
    findings_.error(at_, fmt::format("{}: expected a mapping, read {}", what_, value.described()));
  for (const auto& [key, entry] : value.entries()) add(key, entry, keys);
}

void YamlMapping::add(const YamlValue& key, const YamlValue& value, std::span<const std::string_view> known) {
  const auto name = key.text();
  if (!key.is_scalar()) {
    findings_.error(key.at(), fmt::format("{}: expected a key, read {}", what_, key.described()));
  } else if (std::find(known.begin(), known.end(), name) == known.end()) {
    findings_.error(key.at(),
                    fmt::format("{}: unknown key {}, expected {}", what_, quoted(name), one_of(known)),
                    nearest(name, strings(known)));
  } else if (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == name; })) {
    findings_.error(key.at(), fmt::format("{}: key {} is given twice", what_, quoted(name)));
  } else {
    entries_.push_back({name, key.at(), value});
  }
}

Place YamlMapping::place_of(std::string_view key) const {
  const auto it =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  return it == entries_.end() ? at_ : it->at;
}

std::optional<YamlValue> YamlMapping::find(std::string_view key) const {
  const auto it =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  if (it == entries_.end() || it->value.is_empty()) return std::nullopt;
  return it->value;
}

bool YamlMapping::require(std::initializer_list<std::string_view> keys) const {
  bool all = true;
  for (const auto key : keys) {
    if (has(key)) continue;
    all = false;
    findings_.error(at_, fmt::format("{}: key {} is missing", what_, quoted(std::string(key))));
  }
  return all;
}

std::optional<std::string> YamlMapping::text(std::string_view key) const {
  const auto value = find(key);
  return value ? read_text(*value, fmt::format("a text for {}", key), findings_) : std::nullopt;
}

std::optional<bool> YamlMapping::flag(std::string_view key) const {
  const auto value = find(key);
  return value ? read_flag(*value, findings_) : std::nullopt;
}

std::optional<std::int64_t> YamlMapping::number(std::string_view key, NumberRange range) const {
  const auto value = find(key);
  if (!value) return std::nullopt;
  const auto number = value->number();
  if (number && *number >= range.least && *number <= range.most) return number;
  const auto expected = range.least == range.most ? std::to_string(range.least)
                        : range.most == INT64_MAX
                            ? fmt::format("a whole number of at least {}", range.least)
                            : fmt::format("a whole number from {} to {}", range.least, range.most);
  findings_.error(value->at(), fmt::format("expected {} for {}, read {}", expected, key, value->described()));
  return std::nullopt;
}

std::optional<std::string> YamlMapping::word(std::string_view key,
                                             std::span<const std::string_view> words) const {
  const auto value = find(key);
  return value ? read_word(*value, words, findings_) : std::nullopt;
}

std::vector<YamlValue> YamlMapping::list(std::string_view key, std::string_view expected) const {
  const auto value = find(key);
  return value ? read_list(*value, expected, findings_) : std::vector<YamlValue>();
}

std::vector<std::string> YamlMapping::texts(std::string_view key, std::string_view expected) const {
  std::vector<std::string> out;
  for (const auto& item : list(key, expected))
    if (auto text = read_text(item, fmt::format("one of the {} in {}", expected, key), findings_))
      out.push_back(std::move(*text));
  return out;
}

}  // namespace policy
