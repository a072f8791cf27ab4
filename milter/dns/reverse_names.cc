#include "milter/dns/reverse_names.h"

#include <algorithm>

#include "policy/domain.h"

namespace milter {
namespace {

// All of them are asked at once. A name that no host can bear confirms nothing, and is not asked.
std::vector<const Outcome*> ask_forward(const policy::Address& address, const std::vector<std::string>& names,
                                        Answers& answers) {
  static const Outcome kNothing = Records{};
  const auto type = address.is_v4() ? RecordType::a : RecordType::aaaa;
  std::vector<const Outcome*> outcomes;
  for (const auto& name : names)
    outcomes.push_back(policy::is_host_name(name) ? answers.of(name, type) : &kNothing);
  return outcomes;
}

bool leads_to(const policy::Address& address, const Records& records) {
  return std::find(records.addresses.begin(), records.addresses.end(), address) != records.addresses.end();
}

}  // namespace

ReverseNames reverse_names(const policy::Address& address, Answers& answers) {
  const auto* reverse = answers.of(address.reverse_name(), RecordType::ptr);
  if (!reverse) return {};
  if (!*reverse) return {.trouble = unavailable(reverse->error())};
  ReverseNames found{.names = (*reverse)->names};
  found.more = found.names.size() > kMostPtrNames;
  found.names.resize(std::min(found.names.size(), kMostPtrNames));
  if (found.names.empty()) return found;
  found.name = found.names.front();
  const auto outcomes = ask_forward(address, found.names, answers);
  if (!answers.all_here()) return {};
  for (std::size_t i = 0; i < outcomes.size() && !found.confirmed; ++i) {
    const auto& outcome = *outcomes[i];
    if (outcome && leads_to(address, *outcome)) {
      found.confirmed = true;
      found.name = found.names[i];
    }
    if (!outcome) {
      found.open.push_back(found.names[i]);
      if (!found.why_open || outcome.error().owner == policy::Owner::client)
        found.why_open = unavailable(outcome.error());
    }
  }
  return found;
}

}  // namespace milter
