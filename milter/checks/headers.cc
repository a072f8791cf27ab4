#include <fmt/format.h>

#include "milter/checks/check.h"

namespace milter {
namespace {

struct Headers {
  std::int64_t field_count = 0, octets = 0, claims = 0;
  bool too_many = false;
  std::string problem;
  static constexpr std::tuple fields{
      policy::Field{"count", &Headers::field_count, "header fields of the message"},
      policy::Field{"octets", &Headers::octets, "octets of its header"},
      policy::Field{"claims", &Headers::claims,
                    "Authentication-Results and Received-SPF fields that say they were written by us"},
      policy::Field{
          "too_many", &Headers::too_many,
          "whether it has more fields, octets of header, or claims than are looked at: 2000, 512 KiB, 100"},
      policy::Field{"problem", &Headers::problem,
                    R"(which of these: "2001 header fields, at most 2000 are read"; empty if none)"},
  };
};

std::string problem_of(const HeaderCounts& counts) {
  if (counts.fields > kMostHeaderFields)
    return fmt::format("{} header fields, at most {} are read", counts.fields, kMostHeaderFields);
  if (counts.octets > kMostHeaderOctets)
    return fmt::format("{} octets of header, at most {} are read", counts.octets, kMostHeaderOctets);
  if (counts.claims > kMostClaims)
    return fmt::format("{} fields with results in our name, at most {} are read", counts.claims, kMostClaims);
  return {};
}

Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  const auto& counts = input.transaction.counts;
  auto problem = problem_of(counts);
  return policy::to_fact(Headers{.field_count = counts.fields,
                                 .octets = counts.octets,
                                 .claims = counts.claims,
                                 .too_many = !problem.empty(),
                                 .problem = std::move(problem)});
}

}  // namespace

extern const Check headers_check{
    .doc = {.name = "headers",
            .group = "headers",
            .since = policy::Stage::headers,
            .summary = "How large the header is. All of it is counted, whatever is kept.",
            .doubt_reason = "filter-error",
            .fields = policy::describe<Headers>()},
    .free = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
