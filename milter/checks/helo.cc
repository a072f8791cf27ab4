#include <algorithm>

#include "milter/checks/check.h"
#include "policy/domain.h"

namespace milter {
namespace {

struct Helo {
  std::string name;
  std::string given;
  bool valid = false;
  std::string literal = "none";
  std::string problem;
  static constexpr std::tuple fields{
      policy::Field{"name",
                    &Helo::name,
                    "what the client called itself, in lower case",
                    {.kind = policy::Kind::domain}},
      policy::Field{
          "given", &Helo::given, "the same as it came; empty if it said no HELO", {.evidence = true}},
      policy::Field{"valid", &Helo::valid,
                    "whether that is a host name or an address literal as RFC 5321 has them"},
      policy::Field{
          "literal",
          &Helo::literal,
          "own: that is the client's address in brackets; other: another address, as of a client behind NAT; "
          "none: it is no address literal",
          {.words = {"none", "own", "other"}}},
      policy::Field{"problem", &Helo::problem,
                    R"(why not: "no HELO", "bare IP address", "localhost"; empty if it is)"},
  };
};

// RFC 5321 4.1.3. nullopt: malformed.
std::optional<policy::Address> address_in(std::string_view name) {
  constexpr std::string_view kTag = "ipv6:";
  if (name.size() < 2 || !name.ends_with(']')) return std::nullopt;
  const auto inside = name.substr(1, name.size() - 2);
  const bool tagged = inside.starts_with(kTag);
  const bool six = inside.substr(tagged ? kTag.size() : 0).find(':') != std::string_view::npos;
  const auto address = policy::Address::parse(inside);
  return tagged == six ? address : std::nullopt;
}

// A literal of another address is valid: RFC 5321 4.1.4 forbids refusing because what HELO says does not match the
// client. It is a field of its own, for who wants to look at it.
void read_literal(const std::optional<policy::Address>& client, Helo& helo) {
  const auto address = address_in(helo.name);
  if (address)
    helo.literal = client == address ? "own" : "other";
  else
    helo.problem = "malformed address literal";
}

bool is_number(std::string_view label) {
  return std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string problem_of_name(std::string_view name) {
  if (name.empty()) return "no HELO";
  if (policy::Address::parse(name)) return "bare IP address";
  if (name == "localhost" || name.ends_with(".localhost") || name == "localhost.localdomain")
    return "localhost";
  // RFC 6531 3.7.1: even a server that speaks SMTPUTF8 names itself in A-labels.
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  if (!std::all_of(name.begin(), name.end(), legal)) return "illegal character";
  if (!policy::is_host_name(name)) return "malformed host name";
  const auto dot = name.rfind('.');
  // No top-level domain is a number (RFC 3696 section 2).
  if (dot == std::string_view::npos || is_number(name.substr(dot + 1))) return "not a fully qualified name";
  return "";
}

Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  Helo helo{.name = policy::normal_name(input.connection.helo), .given = input.connection.helo};
  if (helo.name.starts_with('['))
    read_literal(input.connection.client, helo);
  else
    helo.problem = problem_of_name(helo.name);
  helo.valid = helo.problem.empty();
  return policy::to_fact(helo);
}

}  // namespace

extern const Check helo_check{
    .doc =
        {.name = "helo",
         .group = "helo",
         .since = policy::Stage::helo,
         .summary = "What the client calls itself.",
         .doubt_reason = "filter-error",
         .fields = policy::describe<Helo>(
             {{"ours",
               "pretends to be us: site.name, a name or literal in domains.local; false for trusted clients",
               {.kind = policy::Kind::flag}}})},
    .free = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
