#include "milter/auth/dkim/rsa_key.h"

#include <bit>

namespace milter {
namespace {

constexpr unsigned char kInteger = 0x02;
constexpr unsigned char kBitString = 0x03;
constexpr unsigned char kSequence = 0x30;

// AlgorithmIdentifier {rsaEncryption, NULL}, RFC 8017 A.1, with its tag and length.
constexpr std::string_view kRsaEncryption("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15);

unsigned octet(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// The length at the start of `rest`, taken off it; DER's short and long form up to two octets.
std::optional<std::size_t> take_length(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const auto first = octet(rest, 0);
  if (first < 0x80) {
    rest.remove_prefix(1);
    return first;
  }
  const std::size_t count = first - 0x80;
  if (count < 1 || count > 2 || rest.size() < 1 + count) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 1; i <= count; ++i) length = length * 256 + octet(rest, i);
  rest.remove_prefix(1 + count);
  return length;
}

// The contents of the element at the start of `rest`, which is taken off it. nullopt: another tag,
// or cut short.
std::optional<std::string_view> take(std::string_view& rest, unsigned char tag) {
  if (rest.empty() || octet(rest, 0) != tag) return std::nullopt;
  auto after = rest.substr(1);
  const auto length = take_length(after);
  if (!length || *length > after.size()) return std::nullopt;
  rest = after.substr(*length);
  return after.substr(0, *length);
}

// The element that is all of `der`.
std::optional<std::string_view> only(std::string_view der, unsigned char tag) {
  const auto contents = take(der, tag);
  return der.empty() ? contents : std::nullopt;
}

std::string_view without_zeros(std::string_view integer) {
  while (!integer.empty() && integer.front() == '\0') integer.remove_prefix(1);
  return integer;
}

// RSAPublicKey {modulus, publicExponent}. nullopt: `der` is none.
std::optional<RsaKey> numbers(std::string_view der) {
  auto fields = only(der, kSequence);
  if (!fields) return std::nullopt;
  const auto modulus = take(*fields, kInteger);
  const auto exponent = modulus ? take(*fields, kInteger) : std::nullopt;
  if (!exponent || !fields->empty()) return std::nullopt;
  RsaKey out{.modulus = std::string(without_zeros(*modulus)),
             .exponent = std::string(without_zeros(*exponent))};
  if (out.modulus.empty() || out.exponent.empty() || out.exponent.size() > kLongestRsaExponent)
    return std::nullopt;
  out.bits = (out.modulus.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(octet(out.modulus, 0)));
  return out;
}

// The RSAPublicKey inside a SubjectPublicKeyInfo; nullopt: `der` is none, or of another kind of key.
std::optional<std::string_view> inner_key(std::string_view der) {
  auto fields = only(der, kSequence);
  if (!fields || !fields->starts_with(kRsaEncryption)) return std::nullopt;
  fields->remove_prefix(kRsaEncryption.size());
  const auto bits = only(*fields, kBitString);
  if (!bits || bits->empty() || bits->front() != '\0') return std::nullopt;  // no bits unused
  return bits->substr(1);
}

std::string element(unsigned char tag, std::string_view contents) {
  std::string out(1, static_cast<char>(tag));
  const auto size = contents.size();
  if (size >= 0x100) {
    out += '\x82';
    out += static_cast<char>(size / 256);
  } else if (size >= 0x80) {
    out += '\x81';
  }
  out += static_cast<char>(size % 256);
  return out.append(contents);
}

}  // namespace

std::optional<RsaKey> read_rsa_key(std::string_view der) {
  if (der.size() > kLongestRsaKey) return std::nullopt;
  const auto inner = inner_key(der).value_or(der);
  auto key = numbers(inner);
  if (!key) return std::nullopt;
  const auto bit_string = element(kBitString, std::string(1, '\0').append(inner));
  key->spki = element(kSequence, std::string(kRsaEncryption) + bit_string);
  return key;
}

}  // namespace milter
