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
      caches_{AnswerCache(settings_.cache_octets, Lane::theirs),
              AnswerCache(settings_.list_cache_octets, Lane::ours)},
      engine_(settings_.engine, caches_, counters_) {}

CaresResolver::~CaresResolver() = default;

Lookup CaresResolver::query(std::string_view name, RecordType type) { return query_for(name, type, {}); }

Lookup CaresResolver::query_for(std::string_view name, RecordType type, const Asker& asker) {
  count(counters_.asked);
  Question question{policy::normal_name(name), type};
  if (!is_askable(question.name)) return answered(Records{});
  auto& cache = caches_.of(asker.lane);
  auto found = cache.find(question, network_of(asker.client), std::chrono::steady_clock::now());
  if (!found.pending) {
    const bool joined = found.how == AnswerCache::Found::How::joined;
    count(joined ? counters_.joined : counters_.cache_hits);
    if (joined && asker.urgency == Urgency::decision) engine_.join(found.lookup, asker);
    return std::move(found.lookup);
  }
  if (engine_.submit(question, *found.pending, asker)) return std::move(found.lookup);
  count(counters_.overloads);
  cache.abandon(question);
  auto trouble = trouble_with(question, Trouble::Kind::overload, "too many questions are pending");
  trouble.owner = policy::Owner::ours;
  trouble.dropped = asker.urgency == Urgency::ahead;
  found.pending->answer(tl::unexpected(std::move(trouble)));
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
  for (const auto* cache : {&caches_.theirs, &caches_.ours}) {
    const auto size = cache->size();
    now.cache_entries += size.entries;
    now.cache_octets += size.octets;
  }
  return now;
}

}  // namespace milter
