#include <fmt/format.h>

#include "milter/checks/hidden_client.h"
#include "milter/dns/reverse_names.h"

namespace milter {
namespace {

using policy::InPart;
using policy::Known;

struct Ptr {
  Known<std::string> name, fcrdns;
  Known<policy::TextList> names;
  static constexpr std::tuple fields{
      policy::Field{
          "name",
          &Ptr::name,
          "the PTR name of the client: the first that is confirmed, else the first; empty if it has none",
          {.kind = policy::Kind::domain}},
      policy::Field{"fcrdns",
                    &Ptr::fcrdns,
                    "whether one of its PTR names leads back to it; pass for a local client without address",
                    {.words = {"pass", "missing", "mismatch"}}},
      policy::Field{"names", &Ptr::names, "its PTR names, ten at most", {.kind = policy::Kind::domain}},
  };
};

// A client with more names than are looked up may hide the one that is confirmed, or listed, among the rest.
policy::Unavailable excess() {
  return {fmt::format("more than {} PTR names", kMostPtrNames), policy::Owner::client};
}

// The first confirmed name may be one of those without answer, or one of those that nobody looked at.
Ptr in_part(const ReverseNames& found) {
  Ptr ptr{.name = found.name,
          .fcrdns = found.confirmed ? std::string("pass") : std::string("mismatch"),
          .names = found.names};
  if (found.more)
    ptr.names = InPart{.of = InPart::Of::list, .has = found.names, .anything = true, .why = excess()};
  const bool hidden = found.more && !found.confirmed;
  if (found.open.empty() && !hidden) return ptr;
  const auto why = hidden ? excess() : *found.why_open;
  if (!found.confirmed) ptr.fcrdns = InPart{.may = {"pass", "mismatch"}, .why = why};
  InPart name{.may = found.open, .anything = hidden, .why = why};
  if (std::find(name.may.begin(), name.may.end(), found.name) == name.may.end())
    name.may.push_back(found.name);
  if (name.may.size() > 1 || hidden) ptr.name = std::move(name);
  return ptr;
}

Gathered gather(const CheckInput& input, Answers& answers) {
  const auto& client = input.connection.client;
  if (!client) return policy::to_fact(Ptr{.name = {}, .fcrdns = std::string("pass"), .names = {}});
  if (auto why = hidden_client(input)) return *std::move(why);
  const auto found = reverse_names(*client, answers);
  if (found.trouble) return *found.trouble;
  if (found.names.empty())
    return policy::to_fact(Ptr{.name = {}, .fcrdns = std::string("missing"), .names = {}});
  return policy::to_fact(in_part(found));
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
};

}  // namespace milter
