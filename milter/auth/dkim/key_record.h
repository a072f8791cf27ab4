// Key records, read by the letter of RFC 6376 3.6.1 (and 8301, 8463) but for the leniencies of README.md. Pure; any
// thread. Problems as in signature.h.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace milter {

enum class KeyType { rsa, ed25519 };

// One key record, RFC 6376 3.6.1.
struct DkimKey {
  KeyType type = KeyType::rsa;
  std::string octets;                 // p=, decoded; "" is a revoked key
  std::vector<std::string> hashes;    // h=; empty: any
  std::vector<std::string> services;  // s=; empty: any
  bool testing = false;               // t=y
  bool strict_identity = false;       // t=s: the domain of i= must be d=, not one below it
};

// Or what is wrong with it.
tl::expected<DkimKey, std::string> parse_key(std::string_view record);

}  // namespace milter
