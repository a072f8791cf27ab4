#include <fmt/format.h>

#include "milter/checks/check.h"
#include "milter/mail/from_field.h"

namespace milter {
namespace {

struct From {
  policy::Known<std::string> domain, address, problem;
  std::int64_t count = 0;
  static constexpr std::tuple fields{
      policy::Field{"domain",
                    &From::domain,
                    "the one domain of the From field, in A-labels; empty where there is not exactly one",
                    {.kind = policy::Kind::domain}},
      policy::Field{"address",
                    &From::address,
                    "the first address in the From field; empty where there is a problem",
                    {.kind = policy::Kind::mailbox}},
      policy::Field{
          "problem", &From::problem,
          R"(why the field names no single domain ("no From field", "2 From fields"); empty if it does)"},
      policy::Field{"count", &From::count, "From fields in the message; one is right"},
  };
};

// There is one, and it is not among those that are kept.
From unseen(std::int64_t count) {
  const policy::Unavailable why{"the message has more header fields than are kept", policy::Owner::client};
  return {.domain = why, .address = why, .problem = why, .count = count};
}

Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  const auto& transaction = input.transaction;
  auto found = read_from(transaction.headers);
  // Fields are counted whatever is kept of them: a second From does not hide behind a bound.
  const auto count = transaction.counts.from;
  if (count > 1)
    found = {.problem = fmt::format("{} From fields", count)};
  else if (count != found.count)
    return policy::to_fact(unseen(count));
  return policy::to_fact(From{.domain = std::move(found.domain),
                              .address = std::move(found.address),
                              .problem = std::move(found.problem),
                              .count = count});
}

}  // namespace

extern const Check from_check{
    .doc = {.name = "from",
            .group = "from",
            .since = policy::Stage::headers,
            .summary = "The From field: the domain that the reader is shown.",
            .doubt_reason = "filter-error",
            .fields = policy::describe<From>()},
    .free = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
