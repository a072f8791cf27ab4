// DNS over the network: the resolver of `run` and `try`. Cache and engine together.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "milter/dns/counters.h"
#include "milter/dns/engine.h"
#include "milter/dns/resolver.h"

namespace milter {

struct ResolverSettings {
  EngineSettings engine;  // servers empty: those of the host's resolv.conf
  // All answers that are kept, about 50,000 of them; the filter's whole memory stays below 64 MiB.
  std::size_t cache_octets = std::size_t{28} << 20;
  std::size_t list_cache_octets = std::size_t{4} << 20;  // and of lists: 6,000 addresses and domains
};

// Any thread.
class CaresResolver : public Resolver {
 public:
  // Starts the engine's thread. Throws std::runtime_error where the system gives no thread or descriptor.
  explicit CaresResolver(ResolverSettings settings = {});
  // Answers what is open with trouble. No thread may ask any more; Lookups stay valid.
  ~CaresResolver() override;

  Lookup query(std::string_view name, RecordType type) override;
  Lookup query_for(std::string_view name, RecordType type, const Asker& asker) override;

  const std::vector<ServerAddress>& servers() const { return settings_.engine.servers; }
  DnsCounters counters() const;

 private:
  ResolverSettings settings_;
  LiveCounters counters_;
  AnswerCaches caches_;
  Engine engine_;  // its end answers questions, which the others see: declared last
};

}  // namespace milter
