#include <algorithm>

#include "milter/checks/check.h"
#include "policy/domain.h"

namespace milter {
namespace {

// RFC 7208 4.6.4 and 5.5: at most ten names are looked up; whoever publishes more pays with the rest.
constexpr std::size_t kMostPtrNames = 10;

struct Ptr {
  std::string name, fcrdns;
  policy::TextList names;
  static constexpr std::tuple fields{
      policy::Field{
          "name",
          &Ptr::name,
          "the PTR name of the client: the first that is confirmed, else the first; empty if it has none",
          {.kind = policy::Kind::domain}},
      policy::Field{"fcrdns",
                    &Ptr::fcrdns,
                    "whether one of its PTR names leads back to it; pass for a local client without address",
                    {.words = {"pass", "missing", "mismatch", "temperror"}, .doubt = "temperror"}},
      policy::Field{"names", &Ptr::names, "its PTR names, ten at most", {.kind = policy::Kind::domain}},
  };
};

RecordType forward_type(const policy::Address& address) {
  return address.is_v4() ? RecordType::a : RecordType::aaaa;
}

policy::TextList names_of(const Records& reverse) {
  return {reverse.names.begin(),
          reverse.names.begin() + static_cast<std::ptrdiff_t>(std::min(reverse.names.size(), kMostPtrNames))};
}

// One question for each name, in order. A name that no host can bear confirms nothing, and is not asked.
std::vector<Lookup> ask_forward(Resolver& dns, const policy::TextList& names, RecordType type) {
  std::vector<Lookup> lookups;
  for (const auto& name : names)
    lookups.push_back(policy::is_host_name(name) ? dns.query(name, type) : answered(Records{}));
  return lookups;
}

// Before the PTR answer nobody can know the names: the forward questions follow it in the resolver's thread.
void start(const Asking& asking) {
  const auto& client = asking.connection.client;
  if (!client) return;
  asking.env.dns.query(client->reverse_name(), RecordType::ptr)
      .on_done([&dns = asking.env.dns, owner = asking.env.dns.owner(),
                type = forward_type(*client)](const Outcome& reverse) {
        if (reverse) ask_forward(dns, names_of(*reverse), type);
      });
}

// A single confirmed name is enough; without one, any answer that is missing leaves the question open.
Ptr confirmed(Ptr ptr, const Asking& asking) {
  const auto& client = *asking.connection.client;
  const auto lookups = ask_forward(asking.env.dns, ptr.names, forward_type(client));
  ptr.fcrdns = "mismatch";
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    const auto* outcome = lookups[i].wait(asking.deadline);
    if (!outcome || !*outcome) {
      ptr.fcrdns = "temperror";
      continue;
    }
    const auto& addresses = (*outcome)->addresses;
    if (std::find(addresses.begin(), addresses.end(), client) == addresses.end()) continue;
    ptr.fcrdns = "pass";
    ptr.name = ptr.names[i];
    return ptr;
  }
  return ptr;
}

// Without the PTR answer nobody knows its names: a rule or exception for a name must not take it for
// nameless.
policy::Fact without_names(const policy::Unavailable& why) {
  auto fact = policy::to_fact(Ptr{.fcrdns = "temperror"});
  for (auto& [name, value] : std::get<policy::Fields>(fact))
    if (name != "fcrdns") value = why;
  return fact;
}

policy::Fact gather(const Asking& asking) {
  const auto& client = asking.connection.client;
  if (!client) return policy::to_fact(Ptr{.fcrdns = "pass"});
  const auto lookup = asking.env.dns.query(client->reverse_name(), RecordType::ptr);
  const auto* reverse = lookup.wait(asking.deadline);
  if (!reverse) return without_names({"time budget"});
  if (!*reverse) return without_names(unavailable(reverse->error()));
  const auto names = names_of(**reverse);
  if (names.empty()) return policy::to_fact(Ptr{.fcrdns = "missing"});
  const auto ptr = confirmed(Ptr{.name = names.front(), .names = names}, asking);
  auto fact = policy::to_fact(ptr);
  // Another name may yet be the confirmed one.
  if (ptr.fcrdns == "temperror" && names.size() > 1)
    for (auto& [name, value] : std::get<policy::Fields>(fact))
      if (name == "name")
        value = policy::Unavailable{"not every name of " + client->text() + " was confirmed or denied"};
  return fact;
}

}  // namespace

extern const Check ptr_check{
    .doc = {.name = "ptr",
            .group = "client",
            .since = policy::Stage::connect,
            .summary = "The client's reverse DNS, confirmed by the forward DNS of its names.",
            .doubt_reason = "dns-failure",
            .fields = policy::describe<Ptr>()},
    .free = false,
    .after = {},
    .gather = gather,
    .start = start,
};

}  // namespace milter
