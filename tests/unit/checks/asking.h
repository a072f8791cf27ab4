// A world in which one check can be asked by itself.
#pragma once
#include <chrono>
#include <string>

#include "milter/auth/spf/records.h"
#include "milter/checks/check.h"
#include "milter/dns/zone.h"
#include "policy/derive.h"
#include "tests/unit/support/run_to_end.h"

namespace milter {

// Answers nothing, ever.
class SilentResolver : public Resolver {
 public:
  Lookup query(std::string_view, RecordType) override { return PendingLookup().handle(); }
};

struct AskedWorld {
  ScriptedZone zone;
  SilentResolver silence;
  std::int64_t millis = 0;
  SpfRecords spf_records;
  policy::Policy policy;
  Connection connection;
  Transaction transaction;
  policy::Observed observed;
  policy::Host host{"mx1.example.net"};
  const Recipients* recipients = nullptr;
  bool dns_answers = true;

  Resolver& dns() { return dns_answers ? static_cast<Resolver&>(zone) : silence; }

  CheckInput input() {
    return {.connection = connection,
            .transaction = transaction,
            .observed = observed,
            .facts = observed.facts,
            .policy = policy,
            .host = host,
            .recipients = recipients,
            .unix_millis = millis,
            .spf_records = spf_records};
  }

  // The facts, as the check alone tells them when no time is left, and as the policy sees them.
  policy::FactSet ask(std::string_view name) {
    const auto& check = *find_check(name);
    if (check.doc.group == "recipient") bring_recipient();
    auto gathered =
        run_to_end(dns(), Deadline::min(), [&](Answers& answers) { return check.gather(input(), answers); });
    auto seen = observed;
    if (gathered.source) seen.recipient->answer = gathered.source;
    if (const auto* why = std::get_if<policy::Unavailable>(&gathered.fact))
      seen.facts.put_none(check.doc.group, *why);
    else
      seen.facts.put(check.doc.group, std::get<policy::Fields>(std::move(gathered.fact)));
    policy::derive(policy, host, seen);
    return seen.facts;
  }

 private:
  void bring_recipient() {
    const auto& command = transaction.recipient;
    observed.recipient = policy::RecipientAsked{.path = command.path,
                                                .mta_address = command.mta_address,
                                                .refused = command.refused_by_mta,
                                                .answer = {}};
  }
};

inline Records found_names(std::vector<std::string> names) {
  Records records;
  records.kind = Records::Kind::found;
  records.names = std::move(names);
  return records;
}

inline Records found_addresses(std::initializer_list<std::string_view> addresses) {
  Records records;
  records.kind = Records::Kind::found;
  for (const auto address : addresses) records.addresses.push_back(*policy::Address::parse(address));
  return records;
}

inline Records found_hosts(std::vector<MailExchanger> hosts) {
  Records records;
  records.kind = Records::Kind::found;
  records.exchangers = std::move(hosts);
  return records;
}

}  // namespace milter
