#include "milter/auth/dkim/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "milter/auth/dkim/tag_list.h"
#include "policy/domain.h"
#include "policy/domain_form.h"

namespace milter {
namespace {

// Each reader looks at one or two tags and answers what is wrong with them, or "".
using Reader = std::string (*)(const TagList& list, DkimSignature& out);

std::string missing(std::string_view tag) { return fmt::format("the tag {} is missing", tag); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
}

// A domain as written, or "" when it is none. "_" is no letter of RFC 6376's grammar, but in use. U-labels: RFC
// 8616 section 5.
std::string domain_name(std::string_view text) {
  if (!is_ascii(text)) return policy::to_a_labels(text);
  return policy::is_host_name(text) ? policy::lower(text) : std::string();
}

std::string read_domain(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("d");
  if (!tag) return missing("d");
  auto name = domain_name(tag->value);
  // RFC 6376 3.5 asks for at least two labels.
  if (name.find('.') == std::string::npos) return "the tag d is not a domain name";
  out.domain = std::move(name);
  return {};
}

bool is_selector_letter(char c) {
  return policy::is_letter(c) || policy::is_digit(c) || c == '-' || c == '_';
}

// Labels as DNS holds them. RFC 6376 3.1 wants a letter or digit at their ends; signers with "-" there exist.
bool is_selector(std::string_view text) {
  constexpr std::size_t kLongestLabel = 63;  // RFC 1035 2.3.4
  std::size_t length = 0;
  for (const char c : text) {
    if (c == '.' ? length == 0 : !is_selector_letter(c) || length == kLongestLabel) return false;
    length = c == '.' ? 0 : length + 1;
  }
  constexpr std::size_t kLongestName = 253;
  return length > 0 && text.size() <= kLongestName;
}

std::string read_selector(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("s");
  if (!tag) return missing("s");
  auto name = is_ascii(tag->value) ? std::string(tag->value) : policy::to_a_labels(tag->value);
  if (!is_selector(name)) return "the tag s is not a selector";
  out.selector = std::move(name);
  return {};
}

std::string read_algorithm(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("a");
  if (!tag) return missing("a");
  for (const auto algorithm :
       {SigningAlgorithm::rsa_sha256, SigningAlgorithm::ed25519_sha256, SigningAlgorithm::rsa_sha1})
    if (policy::same_name(tag->value, to_text(algorithm))) out.algorithm = algorithm;
  return out.algorithm ? "" : "the tag a names no algorithm that we know";
}

std::string read_version(const TagList& list, DkimSignature&) {
  const auto* tag = list.find("v");
  if (!tag) return missing("v");
  return tag->value == "1" ? "" : "the tag v is not 1";
}

std::string read_value(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("b");
  if (!tag) return missing("b");
  auto decoded = decode_base64(tag->value);
  if (!decoded.ok) return "the tag b is not base64";
  constexpr std::size_t kShown = 8;  // RFC 6008 section 3
  out.value_prefix = without_folds(tag->value).substr(0, kShown);
  if (decoded.octets.size() > kLongestValue)
    return fmt::format("the tag b has more than {} octets", kLongestValue);
  out.value = std::move(decoded.octets);
  return {};
}

std::string read_body_hash(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("bh");
  if (!tag) return missing("bh");
  auto hash = decode_base64(tag->value);
  const std::size_t length = out.algorithm == SigningAlgorithm::rsa_sha1 ? 20 : 32;
  if (!hash.ok || hash.octets.size() != length) return "the tag bh is not a hash in base64";
  out.body_hash = std::move(hash.octets);
  return {};
}

std::optional<Canonicalization> canonicalization(std::string_view name) {
  if (policy::same_name(name, "simple")) return Canonicalization::simple;
  if (policy::same_name(name, "relaxed")) return Canonicalization::relaxed;
  return std::nullopt;
}

// RFC 6376 3.5: "simple/simple" by default; a single name is that of the header.
std::string read_canonicalization(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("c");
  if (!tag) return {};
  const auto slash = tag->value.find('/');
  const auto headers = canonicalization(tag->value.substr(0, slash));
  const auto body = slash == std::string_view::npos ? Canonicalization::simple
                                                    : canonicalization(tag->value.substr(slash + 1));
  if (!headers || !body) return "the tag c names no canonicalization that we know";
  out.headers = *headers;
  out.body = *body;
  return {};
}

// RFC 5322 3.6.8: printable ASCII but colon (and here semicolon, which ended the tag).
bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
}

std::string read_signed_fields(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("h");
  if (!tag) return missing("h");
  auto names = split_colons(tag->value);
  if (names.size() > 1 && names.back().empty()) names.pop_back();  // "from:to:", which all others verify
  if (!std::all_of(names.begin(), names.end(), is_field_name))
    return "the tag h is not a list of field names";
  if (names.size() > kMostSignedFields)
    return fmt::format("the tag h has more than {} names", kMostSignedFields);
  for (const auto name : names) out.signed_fields.push_back(policy::lower(name));
  // RFC 6376 5.4: a signature that leaves From out says nothing about the author.
  if (std::find(out.signed_fields.begin(), out.signed_fields.end(), "from") == out.signed_fields.end())
    return "the From field is not signed";
  return {};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// RFC 6376 2.11: "=" and two upper-case hexadecimal digits; folds are ignored.
std::optional<std::string> decode_quoted(std::string_view text) {
  const auto packed = without_folds(text);
  std::string out;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    if (packed[i] != '=') {
      out += packed[i];
      continue;
    }
    const auto high = i + 2 < packed.size() ? hex_digit(packed[i + 1]) : -1;
    const auto low = i + 2 < packed.size() ? hex_digit(packed[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string read_identity(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("i");
  out.identity = "@" + out.domain;
  out.identity_domain = out.domain;
  if (!tag || out.domain.empty()) return {};
  if (tag->value.size() > kLongestIdentity)
    return fmt::format("the tag i is longer than {} octets", kLongestIdentity);
  const auto identity = decode_quoted(tag->value);
  const auto at = identity ? identity->rfind('@') : std::string::npos;
  if (at == std::string::npos) return "the tag i is not an address";
  const auto domain = domain_name(std::string_view(*identity).substr(at + 1));
  if (domain.empty()) return "the tag i is not an address";
  if (domain != out.domain && !domain.ends_with("." + out.domain))
    return "the domain of the tag i is neither that of d nor below it";
  out.identity = *identity;
  out.identity_domain = domain;
  return {};
}

std::string read_length(const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("l");
  if (!tag) return {};
  constexpr std::size_t kMostDigits = 76;  // RFC 6376 3.5
  const auto length = read_number(tag->value, kMostDigits);
  if (length < 0) return "the tag l is not a number";
  out.body_length = length;
  return {};
}

std::string read_times(const TagList& list, DkimSignature& out) {
  constexpr std::size_t kMostDigits = 12;  // RFC 6376 3.5
  for (const auto& [name, time] : {std::pair{"t", &out.signed_at}, std::pair{"x", &out.expires_at}}) {
    const auto* tag = list.find(name);
    if (!tag) continue;
    const auto number = read_number(tag->value, kMostDigits);
    if (number < 0) return fmt::format("the tag {} is not a time", name);
    *time = number;
  }
  if (out.signed_at && out.expires_at && *out.expires_at <= *out.signed_at)
    return "the tag x is not later than t";
  return {};
}

// RFC 6376 3.5: methods that are not known are passed over.
std::string read_query(const TagList& list, DkimSignature&) {
  const auto* tag = list.find("q");
  if (!tag) return {};
  const auto methods = split_colons(tag->value);
  const auto known = std::any_of(methods.begin(), methods.end(), [](std::string_view method) {
    return policy::same_name(method, "dns/txt");
  });
  return known ? "" : "the tag q names no way to fetch the key that we know";
}

// Those that the log names a signature by come first, so that a broken one still has them.
constexpr std::array<Reader, 12> kReaders{
    read_domain,           read_selector,      read_algorithm, read_value,  read_version, read_body_hash,
    read_canonicalization, read_signed_fields, read_identity,  read_length, read_times,   read_query};

// Where the value of b= stands in `text`, of which `list` is the reading.
void locate_value(std::string_view text, const TagList& list, DkimSignature& out) {
  const auto* tag = list.find("b");
  if (!tag) return;
  out.value_begin = static_cast<std::size_t>(tag->raw.data() - text.data());
  out.value_end = std::min(text.find(';', out.value_begin), text.size());
}

}  // namespace

std::string_view to_text(SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::rsa_sha256:
      return "rsa-sha256";
    case SigningAlgorithm::ed25519_sha256:
      return "ed25519-sha256";
    case SigningAlgorithm::rsa_sha1:
      return "rsa-sha1";
  }
  return {};
}

HashKind hash_kind(SigningAlgorithm algorithm) {
  return algorithm == SigningAlgorithm::rsa_sha1 ? HashKind::sha1 : HashKind::sha256;
}

ParsedSignature parse_signature(std::string_view value) {
  ParsedSignature out;
  if (value.size() > kLongestSignature) {
    out.problem = fmt::format("the field is longer than {} octets", kLongestSignature);
    return out;
  }
  const auto list = parse_tag_list(value);
  if (!list) {
    out.problem = list.error();
    return out;
  }
  for (const auto reader : kReaders) {
    auto problem = reader(*list, out.signature);
    if (out.problem.empty()) out.problem = std::move(problem);
  }
  locate_value(value, *list, out.signature);
  return out;
}

}  // namespace milter
