#include "milter/dns/cares_resolver.h"

#include <utility>

#include "policy/domain.h"

namespace milter {

namespace {

ResolverSettings with_servers(ResolverSettings settings) {
  if (settings.engine.servers.empty()) settings.engine.servers = system_servers();
  return settings;
}

}  // namespace

CaresResolver::CaresResolver(ResolverSettings settings)
    : settings_(with_servers(std::move(settings))),
      cache_(settings_.cache_octets),
      engine_(settings_.engine, cache_, counters_) {}

CaresResolver::~CaresResolver() = default;

Lookup CaresResolver::query(std::string_view name, RecordType type) {
  count(counters_.asked);
  Question question{policy::normal_name(name), type};
  if (!is_askable(question.name)) return answered(Records{});
  auto found = cache_.find(question, std::chrono::steady_clock::now());
  if (!found.pending) {
    count(found.how == AnswerCache::Found::How::cached ? counters_.cache_hits : counters_.joined);
    return std::move(found.lookup);
  }
  if (engine_.submit(question, *found.pending)) return std::move(found.lookup);
  count(counters_.overloads);
  cache_.abandon(question);
  found.pending->answer(
      tl::unexpected(trouble_with(question, Trouble::Kind::overload, "too many questions are pending")));
  return std::move(found.lookup);
}

DnsCounters CaresResolver::counters() const {
  DnsCounters now;
  now.asked = counters_.asked;
  now.cache_hits = counters_.cache_hits;
  now.joined = counters_.joined;
  now.sent = counters_.sent;
  now.hedged = counters_.hedged;
  now.over_tcp = counters_.over_tcp;
  now.without_edns = counters_.without_edns;
  now.probes = counters_.probes;
  now.serv_fails = counters_.serv_fails;
  now.refusals = counters_.refusals;
  now.timeouts = counters_.timeouts;
  now.bad_replies = counters_.bad_replies;
  now.overloads = counters_.overloads;
  now.in_flight = counters_.in_flight;
  now.pending = counters_.pending;
  const auto size = cache_.size();
  now.cache_entries = size.entries;
  now.cache_octets = size.octets;
  return now;
}

}  // namespace milter
