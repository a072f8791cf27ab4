// What the program counts, as Prometheus reads it: `metrics: 127.0.0.1:9550` in the daemon's file serves it
// at http://127.0.0.1:9550/metrics. Nothing in it names a sender, a recipient or a list's zone.
#pragma once
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "milter/cli/reload.h"
#include "milter/dns/cares_resolver.h"
#include "milter/lists/health.h"
#include "milter/log/sink.h"
#include "milter/smtp/libmilter/service.h"

namespace milter {

// Counts every decision, accepts too whatever the log keeps of them, and passes it on. Any thread.
// `behind` outlives it.
class CountedLog : public LogSink {
 public:
  explicit CountedLog(LogSink& behind);
  void write(const policy::Record& record) override;
  void reopen() override { behind_.reopen(); }
  bool drain(std::chrono::milliseconds patience) override { return behind_.drain(patience); }
  void close(std::chrono::milliseconds patience) override { behind_.close(patience); }
  std::uint64_t lost() const override { return behind_.lost(); }

  std::shared_ptr<prometheus::Registry> counts() const { return counts_; }

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  void count(const policy::Record& record);

  LogSink& behind_;
  std::shared_ptr<prometheus::Registry> counts_;
  Counters& rejects_;
  Counters& defers_;
  Counters& accepts_;
  Counters& mta_rejects_;
  Counters& skipped_;
  Counters& disputed_;
};

// What is read at each scrape. References outlive the server; `dns` is null with a scripted zone.
struct MetricSources {
  const CountedLog& log;
  const Service& service;
  const Reloading& reloading;
  const ListHealth& lists;
  const CaresResolver* dns = nullptr;
};

// Serves from construction to destruction, with threads of its own.
class MetricsServer {
 public:
  // `address`: "ADDRESS:PORT". Or, in a sentence, why it cannot be served there.
  static tl::expected<std::unique_ptr<MetricsServer>, std::string> open(const std::string& address,
                                                                        const MetricSources& sources);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

 private:
  struct Parts;
  explicit MetricsServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace milter
