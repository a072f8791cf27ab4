#include "milter/lists/codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace milter {
namespace {

bool in_network(const policy::Address& address, std::string_view network) {
  return policy::Network::parse(network)->contains(address);
}

// RFC 5782 2.1: answers are in 127/8, so that nobody is ever sent there by mistake.
bool is_return_code(const policy::Address& address) { return in_network(address, "127.0.0.0/8"); }

// Errors by Spamhaus' convention, which others follow: www.spamhaus.org, "DNSBL return codes: technical
// update", 2019.
bool is_error_code(const policy::Address& address) { return in_network(address, "127.255.255.0/24"); }

const policy::ListCode* documented(const policy::List& list, const policy::Address& address) {
  const auto it = std::find_if(list.codes.begin(), list.codes.end(), [&](const policy::ListCode& code) {
    return code.low <= address && address <= code.high;
  });
  return it == list.codes.end() ? nullptr : &*it;
}

std::string explain_error_code(const policy::List& list, const std::string& code) {
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

}  // namespace

const std::string& display_name(const policy::List& list) { return list.name.empty() ? list.id : list.name; }

std::string explain_answer(const policy::List& list, const policy::Address& answer) {
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

ListAnswer read_answer(const policy::List& list, std::span<const policy::Address> addresses) {
  ListAnswer answer;
  std::set<policy::Address> seen;
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

}  // namespace milter
