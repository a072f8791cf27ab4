// RSA public keys as DNS holds them, read without OpenSSL's decoder: that one takes more forms than the RFCs allow,
// and costs four times as much as the whole verification. Pure; any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace milter {

struct RsaKey {
  std::string modulus;   // big-endian, no zero in front
  std::string exponent;  // the same
  std::string spki;      // DER SubjectPublicKeyInfo, RFC 5280 4.1: what libopendkim reads
  std::size_t bits = 0;  // of the modulus
};

// A longer exponent only makes us work; real ones have 1 to 4 octets.
inline constexpr std::size_t kLongestRsaExponent = 8;
inline constexpr std::size_t kLongestRsaKey = 8192;  // octets of DER: a modulus of 64,000 bits

// `der` is a SubjectPublicKeyInfo or a bare RSAPublicKey (RFC 8017 A.1.1: the RFCs name this one, hardly
// anybody publishes it). nullopt: neither.
std::optional<RsaKey> read_rsa_key(std::string_view der);

}  // namespace milter
