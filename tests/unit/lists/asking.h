// The dnsbl check, asked by itself as a session asks it: what it learned of the lists is told to their health.
#pragma once
#include "milter/auth/spf/records.h"
#include "milter/checks/check.h"
#include "milter/lists/health.h"
#include "policy/derive.h"
#include "tests/unit/lists/world.h"
#include "tests/unit/support/run_to_end.h"

namespace milter::test {

struct AskedOfLists {
  const Connection& connection;
  const Transaction& transaction;
  const policy::FactSet& facts;
  const policy::Policy& policy;
};

// `health` may be null. What is not there by `end` is out of time.
inline policy::FactSet ask_lists(Resolver& dns, const AskedOfLists& asked, ListHealth* health,
                                 Deadline end = Deadline::min()) {
  constexpr std::int64_t kNow = 1'800'000'000'000;
  const policy::Host host{"mx1.example.net"};
  SpfRecords records;
  policy::Observed observed;
  observed.facts = asked.facts;
  for (const auto& list : asked.policy.lists) {
    const auto standing = health ? health->standing(list, kNow) : standing_untested(list);
    const CheckInput input{.connection = asked.connection,
                           .transaction = asked.transaction,
                           .observed = observed,
                           .facts = observed.facts,
                           .policy = asked.policy,
                           .host = host,
                           .list = &list,
                           .standing = &standing,
                           .unix_millis = kNow,
                           .spf_records = records};
    auto gathered =
        run_to_end(dns, end, [&](Answers& answers) { return find_check("dnsbl")->gather(input, answers); });
    if (health)
      for (const auto& event : gathered.events) health->report(event, kNow);
    if (gathered.list) observed.lists.push_back(*gathered.list);
  }
  policy::derive(asked.policy, host, observed);
  return observed.facts;
}

}  // namespace milter::test
