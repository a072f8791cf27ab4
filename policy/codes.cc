#include "policy/codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace policy {
namespace {

bool in_network(const Address& address, std::string_view network) {
  return Network::parse(network)->contains(address);
}

// RFC 5782 2.1: answers are in 127/8, so that nobody is ever sent there by mistake.
bool is_return_code(const Address& address) { return in_network(address, "127.0.0.0/8"); }

// Errors by Spamhaus' convention, which others follow: www.spamhaus.org, "DNSBL return codes:
// technical update", 2019.
bool is_error_code(const Address& address) { return in_network(address, "127.255.255.0/24"); }

const ListCode* documented(const List& list, const Address& address) {
  const auto it = std::find_if(list.codes.begin(), list.codes.end(), [&](const ListCode& code) {
    return code.low <= address && address <= code.high;
  });
  return it == list.codes.end() ? nullptr : &*it;
}

std::string explain_error_code(const List& list, const std::string& code) {
  if (code == "127.255.255.252")
    return fmt::format("{0}: {1} does not know the zone that was asked: correct `zone` in the policy", code,
                       display_name(list));
  if (code == "127.255.255.254")
    return fmt::format(
        "{0}: your resolver is blocked by {1}: use your own, not a public one (or one without a name of its "
        "own in "
        "reverse DNS)",
        code, display_name(list));
  if (code == "127.255.255.255")
    return fmt::format("{0}: your resolver is blocked by {1}: too many queries; see its terms of use", code,
                       display_name(list));
  return fmt::format("{0}: {1} answers with an error code: your resolver or your key is blocked", code,
                     display_name(list));
}

constexpr std::array<std::string_view, 5> kPlaceholders{"{client.ip}", "{domain}", "{helo.name}",
                                                        "{sender.domain}", "{client.name}"};

// RFC 3986 2.3 and 3.4: what may stand in a query as it is. The colon too, so that an IPv6
// address stays readable.
bool stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~:").find(c) != std::string_view::npos;
}

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (stands_for_itself(c))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

const std::string& display_name(const List& list) { return list.name.empty() ? list.id : list.name; }

std::string explain_answer(const List& list, const Address& answer) {
  const auto text = answer.text();
  if (is_error_code(answer)) return explain_error_code(list, text);
  if (!is_return_code(answer))
    return fmt::format(
        "{}: not a list's answer (outside 127.0.0.0/8): your resolver rewrites \"no such name\", or the "
        "list is gone "
        "and its domain is parked",
        text);
  return fmt::format("{}: not a return code that the policy documents for this list", text);
}

ListReading read_answer(const List& list, std::span<const Address> addresses) {
  ListReading answer;
  std::set<Address> seen;
  for (const auto& address : addresses.first(std::min(addresses.size(), kMostCodes))) {
    if (!seen.insert(address).second) continue;
    const bool lie = is_error_code(address) || !is_return_code(address);
    const auto* code = lie ? nullptr : documented(list, address);
    if (code)
      answer.listings.push_back({address.text(), code->means, code->weight});
    else
      answer.problems.push_back("answered " + explain_answer(list, address));
    answer.lies |= lie;
  }
  if (answer.lies) answer.listings.clear();
  return answer;
}

std::int64_t heaviest(const List& list) {
  std::int64_t sum = 0;
  if (list.allow) return sum;
  for (const auto& code : list.codes)
    sum += std::int64_t{code.weight} * (1 + code.high.bytes()[3] - code.low.bytes()[3]);
  return sum;
}

bool weighs(const List& list, const Listing& listing) { return list.allow || listing.weight > 0; }

std::string lookup_url(const policy::List& list, std::string_view subject) {
  auto url = list.lookup;
  const auto value = url_encoded(subject);
  for (const auto placeholder : kPlaceholders) {
    for (auto at = url.find(placeholder); at != std::string::npos;
         at = url.find(placeholder, at + value.size()))
      url.replace(at, placeholder.size(), value);
  }
  return url;
}

}  // namespace policy
