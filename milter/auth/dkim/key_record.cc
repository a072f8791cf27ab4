#include "milter/auth/dkim/key_record.h"

#include <algorithm>

#include "milter/auth/dkim/tag_list.h"
#include "policy/text.h"

namespace milter {
namespace {

using Problem = tl::unexpected<std::string>;

// The words of a list; none for an empty one, which others take for a list that is not there.
std::vector<std::string> words(const Tag* tag) {
  std::vector<std::string> out;
  if (!tag || tag->value.empty()) return out;
  for (const auto word : split_colons(tag->value)) out.emplace_back(word);
  return out;
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// RFC 6376 3.6.1: v= may be left out; if it is there, it is the first tag and says DKIM1.
bool is_version_sound(const TagList& list) {
  const auto* version = list.find("v");
  return !version || (version == &list.tags.front() && version->value == "DKIM1");
}

}  // namespace

tl::expected<DkimKey, std::string> parse_key(std::string_view record) {
  const auto list = parse_tag_list(record);
  if (!list) return Problem(list.error());
  if (!is_version_sound(*list)) return Problem("the tag v is not DKIM1, or not the first");

  DkimKey key;
  if (const auto* type = list->find("k")) {
    const bool rsa = policy::same_name(type->value, "rsa");
    if (!rsa && !policy::same_name(type->value, "ed25519"))
      return Problem("the tag k names no key type that we know");
    key.type = rsa ? KeyType::rsa : KeyType::ed25519;
  }
  const auto* octets = list->find("p");
  if (!octets) return Problem("the tag p is missing");
  if (!octets->value.empty()) {
    auto decoded = decode_base64(octets->value);
    if (!decoded.ok) return Problem("the tag p is not base64");
    key.octets = std::move(decoded.octets);
  }
  key.hashes = words(list->find("h"));
  key.services = words(list->find("s"));
  const auto flags = words(list->find("t"));
  key.testing = has(flags, "y");
  key.strict_identity = has(flags, "s");
  return key;
}

}  // namespace milter
