#include "policy/observed.h"

#include <fmt/format.h>

#include "policy/domain.h"

namespace policy {

// FNV-1a over the host's name and the zone, of which 48 bits are kept: far too few to find a key of a list
// again, which has a hundred and more.
std::string zone_hash(std::string_view zone, const Host& host) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    hash *= 0x100000001b3U;
  };
  mix(normal_name(host.name));
  mix(normal_name(zone));
  return fmt::format("{:012x}", (hash ^ (hash >> 48U)) & 0xffffffffffffU);
}

std::string dmarc_mode(const Policy& policy) {
  const auto setting = policy.settings.find("dmarc.mode");
  const auto* word = setting == policy.settings.end() ? nullptr : std::get_if<std::string>(&setting->second);
  return word ? *word : "treewalk";  // as policy/load/keys.h has it
}

std::string source_key(const RecipientSource& source) {
  auto key = source.source + ":" + source.path;
  if (source.recipient_delimiter != kRecipientDelimiter)
    key += " recipient_delimiter=" + source.recipient_delimiter;
  return key;
}

}  // namespace policy
