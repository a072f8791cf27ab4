// Tag lists, "v=1; a=rsa-sha256; …": the form of DKIM-Signature fields and of key records (RFC 6376 3.2).
// Pure; any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace milter {

struct Tag {
  std::string_view name;
  std::string_view value;  // without white space around it; may hold folding white space inside
  std::string_view raw;    // what follows "=", its white space included
};

// In order. The views point into the text that was parsed, which must outlive them.
struct TagList {
  std::vector<Tag> tags;
  const Tag* find(std::string_view name) const;  // null: no such tag
};

// Real lists have about 12 tags; z= and private ones add a few. Bounds the search for duplicates.
inline constexpr std::size_t kMostTags = 40;

// Or what is wrong, as a clause: "the tag d occurs twice". RFC 6376 3.2: a list with a duplicate is invalid.
// Octets over 127 are passed in d, i, s and z (RFC 8616 section 5) and in n; whether they are sound UTF-8 is
// for the reader of the tag to say.
tl::expected<TagList, std::string> parse_tag_list(std::string_view text);

// White space as it may stand in a tag list: space, tab, and the line ends of folds.
bool is_fold_space(char c);
std::string_view trim_folds(std::string_view text);
std::string without_folds(std::string_view text);

// "a : b" to its elements, folds trimmed; an empty text is one empty element.
std::vector<std::string_view> split_colons(std::string_view text);

// The octets of base64 text, folds allowed anywhere (RFC 6376 2.10). Not ok: it is none, or it is empty.
struct Base64 {
  bool ok = false;
  std::string octets;
};
Base64 decode_base64(std::string_view text);

// 1 to `most` digits as a number; values over 10^18 stay 10^18, which is longer than any body and later than
// any date. Negative: not a number.
std::int64_t read_number(std::string_view text, std::size_t most);

}  // namespace milter
