#include "milter/auth/dkim/tag_list.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "policy/text.h"

namespace milter {
namespace {

using Problem = tl::unexpected<std::string>;

constexpr std::int64_t kHugeNumber = 1'000'000'000'000'000'000;

// RFC 6376 3.2: tag-name = ALPHA *(ALPHA / DIGIT / "_")
bool is_tag_name(std::string_view name) {
  return !name.empty() && policy::is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return policy::is_letter(c) || policy::is_digit(c) || c == '_'; });
}

// Internationalised mail writes domains, identities and copied fields in UTF-8: RFC 8616 section 5.
bool takes_utf8(std::string_view name) { return name == "d" || name == "i" || name == "s" || name == "z"; }

// RFC 6376 3.2: VALCHAR, EXCLAMATION to TILDE except SEMICOLON (which ended the value already), and folds.
bool is_tag_value(const Tag& tag) {
  const bool utf8 = takes_utf8(tag.name);
  return std::all_of(tag.value.begin(), tag.value.end(), [utf8](char c) {
    return (c >= '!' && c <= '~') || is_fold_space(c) || (utf8 && c < 0);
  });
}

tl::expected<Tag, std::string> read_tag(std::string_view spec) {
  const auto equals = spec.find('=');
  if (equals == std::string_view::npos) return Problem("a tag has no value");
  const auto raw = spec.substr(equals + 1);
  const Tag tag{.name = trim_folds(spec.substr(0, equals)), .value = trim_folds(raw), .raw = raw};
  if (!is_tag_name(tag.name)) return Problem("a tag has no proper name");
  // n= is a note for people (RFC 6376 3.6.1): zone editors leave UTF-8 in it, and nothing depends on it.
  if (tag.name != "n" && !is_tag_value(tag))
    return Problem(fmt::format("the tag {} has octets that are not printable ASCII", tag.name));
  return tag;
}

bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  text.remove_suffix(padding);
  return std::all_of(text.begin(), text.end(), [](char c) {
    return policy::is_letter(c) || policy::is_digit(c) || c == '+' || c == '/';
  });
}

}  // namespace

const Tag* TagList::find(std::string_view name) const {
  const auto it = std::find_if(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.name == name; });
  return it == tags.end() ? nullptr : &*it;
}

tl::expected<TagList, std::string> parse_tag_list(std::string_view text) {
  TagList list;
  auto rest = trim_folds(text);
  while (true) {
    const auto end = rest.find(';');
    const auto tag = read_tag(rest.substr(0, end));
    if (!tag) return Problem(tag.error());
    if (list.find(tag->name)) return Problem(fmt::format("the tag {} occurs twice", tag->name));
    if (list.tags.size() == kMostTags) return Problem(fmt::format("more than {} tags", kMostTags));
    list.tags.push_back(*tag);
    if (end == std::string_view::npos) return list;
    rest = trim_folds(rest.substr(end + 1));
    if (rest.empty()) return list;  // one final ";" is allowed
  }
}

bool is_fold_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trim_folds(std::string_view text) {
  while (!text.empty() && is_fold_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_fold_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string without_folds(std::string_view text) {
  std::string out(text);
  std::erase_if(out, is_fold_space);
  return out;
}

std::vector<std::string_view> split_colons(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const auto colon = text.find(':');
    out.push_back(trim_folds(text.substr(0, colon)));
    if (colon == std::string_view::npos) return out;
    text.remove_prefix(colon + 1);
  }
}

Base64 decode_base64(std::string_view text) {
  const auto packed = without_folds(text);
  if (!is_base64(packed)) return {};
  std::string octets(packed.size() / 4 * 3, '\0');
  const auto length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()),
                      reinterpret_cast<const unsigned char*>(packed.data()), static_cast<int>(packed.size()));
  if (length < 0) return {};
  const auto padding = std::count(packed.end() - 2, packed.end(), '=');
  octets.resize(static_cast<std::size_t>(length - padding));  // EVP_DecodeBlock counts the padding
  return {.ok = true, .octets = std::move(octets)};
}

std::int64_t read_number(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most || !std::all_of(text.begin(), text.end(), policy::is_digit))
    return -1;
  std::int64_t number = 0;
  for (const char c : text) {
    if (number >= kHugeNumber / 10) return kHugeNumber;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace milter
