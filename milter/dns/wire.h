// The questions we send, as octets: RFC 1035 4.1, with EDNS (RFC 6891). Pure; any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "milter/dns/resolver.h"

namespace milter {

using Octets = std::span<const std::uint8_t>;

// One question of class IN. `name` is in the form of policy::normal_name, and is_askable.
struct Question {
  std::string name;
  RecordType type = RecordType::a;
  bool operator==(const Question&) const = default;
};
std::string to_text(const Question& question);  // "TXT example.org"

// Trouble with a question: its detail is "TXT example.org: SERVFAIL", or "…: bad reply (WHY)".
Trouble trouble_with(const Question& question, Trouble::Kind kind, std::string_view why = "");

enum class Edns { with, without };

// The UDP size we offer: the largest that no path is known to fragment (DNS flag day 2020).
inline constexpr std::uint16_t kUdpPayload = 1232;

// Asks for recursion and, by the AD bit, for the resolver's word on DNSSEC (RFC 6840
// 5.7). REQUIRES is_askable.
std::vector<std::uint8_t> encode_query(const Question& question, std::uint16_t id, Edns edns);

}  // namespace milter
