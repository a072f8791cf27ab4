// What a list's answer means. Only a documented return code is a listing; everything else is a problem of the
// list, of the resolver or of the policy file, and never counts against a client. Pure; any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/address.h"
#include "policy/policy.h"

namespace policy {

struct Listing {
  std::string code;   // "127.0.0.2"
  std::string means;  // "SBL", from the policy file; "" if it gives no meaning
  int weight = 0;
};

struct ListReading {
  std::vector<Listing> listings;      // one a documented code, in the order of the answer, no code twice
  std::vector<std::string> problems;  // sentences without the list's id; no zone in them
  // The answer shows that this list's answers say nothing about clients: 127.255.255.0/24, or outside 127/8.
  // Then there are no listings, whatever else it holds, and the list is not to be asked for a while.
  bool lies = false;
};

// More addresses than any list documents codes for; the rest is not looked at.
inline constexpr std::size_t kMostCodes = 32;

// The list's name for people; its id if it has none.
const std::string& display_name(const List& list);

ListReading read_answer(const List& list, std::span<const Address> addresses);

// "127.255.255.254: your resolver is blocked by Spamhaus ZEN …": what an answer that is no listing means and
// what the mail admin can do.
std::string explain_answer(const List& list, const Address& answer);

// The most that the weights of one mail's listings can add up to: all documented codes at once. 0 for an allow list.
std::int64_t heaviest(const List& list);

// Whether a listing counts: a blocklist's code of weight 0 is documented and says nothing against the client.
bool weighs(const List& list, const Listing& listing);

// `list.lookup` for exactly this address or domain: {client.ip}, {domain}, or the fact's own name ({helo.name},
// {sender.domain}, {client.name}) stands for it, URL-encoded. "" if the list has no such page.
std::string lookup_url(const List& list, std::string_view subject);

}  // namespace policy
