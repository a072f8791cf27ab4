// A world in which one check can be asked by itself.
#pragma once
#include <chrono>
#include <string>

#include "milter/checks/check.h"
#include "milter/dns/zone.h"

namespace milter {

class StoppedClock : public Clock {
 public:
  std::int64_t unix_millis() const override { return millis; }
  std::int64_t millis = 0;
};

// Answers nothing, ever.
class SilentResolver : public Resolver {
 public:
  Lookup query(std::string_view, RecordType) override { return PendingLookup().handle(); }
};

struct AskedWorld {
  ScriptedZone zone;
  SilentResolver silence;
  StoppedClock clock;
  policy::Policy policy;
  Connection connection;
  Transaction transaction;
  policy::FactSet facts;
  const Recipients* recipients = nullptr;
  bool dns_answers = true;

  Env env() {
    Resolver& dns = dns_answers ? static_cast<Resolver&>(zone) : silence;
    return {dns, clock, policy, recipients, nullptr};
  }

  // The group's facts, as the check alone gives them.
  policy::FactSet ask(std::string_view name) {
    auto world = env();
    const auto& check = *find_check(name);
    policy::FactSet out;
    out.put(check.doc.group, check.gather({connection, transaction, facts, world, Deadline::min()}));
    return out;
  }

  void start(std::string_view name) {
    auto world = env();
    find_check(name)->start({connection, transaction, facts, world, Deadline::min()});
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
