#include "milter/cli/metrics.h"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>

#include "milter/log/say.h"

namespace milter {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::size_t kThreads = 1;  // one scraper, now and then

// Families whose values are kept elsewhere and read when they are asked for.
class Page {
 public:
  void add(MetricType type, std::string name, std::string help) {
    families_.push_back({"fivefifty_" + std::move(name), std::move(help), type, {}});
  }
  void sample(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (families_.back().type == MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void counter(std::string name, std::string help, std::uint64_t value) {
    add(MetricType::Counter, std::move(name), std::move(help));
    sample(static_cast<double>(value));
  }
  void gauge(std::string name, std::string help, std::uint64_t value) {
    add(MetricType::Gauge, std::move(name), std::move(help));
    sample(static_cast<double>(value));
  }
  std::vector<MetricFamily> families() && { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void describe(Page& page, const DnsCounters& dns) {
  page.counter("dns_questions_total", "Questions to the resolver.", dns.asked);
  page.counter("dns_cache_hits_total", "Questions answered from the cache.", dns.cache_hits);
  page.counter("dns_joined_total", "Questions that were on their way already.", dns.joined);
  page.counter("dns_sent_total", "Messages sent to name servers.", dns.sent);
  page.counter("dns_hedged_total", "Messages sent to a second server.", dns.hedged);
  page.counter("dns_over_tcp_total", "Messages sent by TCP.", dns.over_tcp);
  page.add(MetricType::Counter, "dns_trouble_total", "Questions without a firm answer.");
  const std::pair<const char*, std::uint64_t> kinds[]{{"servfail", dns.serv_fails},
                                                      {"refused", dns.refusals},
                                                      {"timeout", dns.timeouts},
                                                      {"bad_reply", dns.bad_replies},
                                                      {"overload", dns.overloads}};
  for (const auto& [kind, count] : kinds) page.sample(static_cast<double>(count), {{"kind", kind}});
  page.gauge("dns_in_flight", "Questions on their way.", dns.in_flight);
  page.gauge("dns_pending", "Questions that wait to be sent.", dns.pending);
  page.gauge("dns_cache_entries", "Answers in the cache, and questions under way.", dns.cache_entries);
  page.gauge("dns_cache_bytes", "Octets that they take.", dns.cache_octets);
}

void describe(Page& page, const std::vector<ListReport>& lists) {
  page.add(MetricType::Gauge, "list_up", "1: the list answers its test points rightly and counts.");
  for (const auto& list : lists)
    page.sample(list.standing.kind == Standing::Kind::believed ? 1 : 0,
                {{"list", list.id}, {"standing", std::string(to_text(list.standing.kind))}});
  page.add(MetricType::Gauge, "list_surging",
           "1: it lists far more than usual; it counts as long as its test points are right.");
  for (const auto& list : lists) page.sample(list.surging ? 1 : 0, {{"list", list.id}});
  struct Column {
    const char* name;
    const char* help;
    std::uint64_t ListCounts::*count;
  };
  constexpr Column kColumns[]{
      {"list_answers_total", "Answers about clients.", &ListCounts::asked},
      {"list_listed_total", "Answers that were a listing.", &ListCounts::listed},
      {"list_unanswered_total", "Questions without an answer.", &ListCounts::unanswered},
      {"list_problems_total", "Answers that are no listing: errors, undocumented codes.",
       &ListCounts::problems},
      {"list_tests_total", "Self-tests.", &ListCounts::tests},
      {"list_failed_tests_total", "Self-tests that failed.", &ListCounts::failed_tests},
      {"list_disabled_total", "Times that the list was disabled.", &ListCounts::times_disabled}};
  for (const auto& [name, help, count] : kColumns) {
    page.add(MetricType::Counter, name, help);
    for (const auto& list : lists) page.sample(static_cast<double>(list.counts.*count), {{"list", list.id}});
  }
}

class Collector : public prometheus::Collectable {
 public:
  explicit Collector(const MetricSources& sources) : sources_(sources) {}

  // On a thread of the library's, written in C: an exception must not leave it.
  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> families;
    survives("metrics", [&] { families = collect(); });
    return families;
  }

 private:
  std::vector<MetricFamily> collect() const {
    Page page;
    page.gauge("sessions", "Connections from the mail server that are open.",
               static_cast<std::uint64_t>(sources_.service.sessions()));
    page.counter("sessions_total", "Connections from the mail server.", sources_.service.sessions_begun());
    page.counter("log_errors_total", "Records that could not be written.", sources_.log.lost());
    page.add(MetricType::Counter, "policy_reloads_total", "Reloads; bad: the old policy stays in force.");
    page.sample(static_cast<double>(sources_.reloading.taken()), {{"result", "good"}});
    page.sample(static_cast<double>(sources_.reloading.refused()), {{"result", "bad"}});
    if (sources_.dns) describe(page, sources_.dns->counters());
    describe(page, sources_.lists.report());
    return std::move(page).families();
  }

  const MetricSources sources_;
};

auto& family(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name("fivefifty_" + name).Help(help).Register(registry);
}

prometheus::Labels labels_of(const policy::Record& record) {
  return {{"reason", record.reason},
          {"code", std::to_string(record.code.value_or(0))},
          {"stage", std::string(policy::to_text(record.stage))},
          {"mode", std::string(policy::to_text(record.mode))}};
}

// A rule that was left out for not knowing, and the fact that was unknown.
prometheus::Labels labels_of(const policy::Considered& skipped, const policy::FactSet& facts) {
  const auto* why = facts.why_unknown(skipped.path);
  return {
      {"rule", skipped.rule}, {"fact", skipped.path}, {"owner", why ? std::string(to_text(why->owner)) : ""}};
}

}  // namespace

CountedLog::CountedLog(LogSink& behind)
    : behind_(behind),
      counts_(std::make_shared<prometheus::Registry>()),
      rejects_(family(*counts_, "rejects_total",
                      "Refusals for good; mode monitor: they would have been, and the mail went on.")),
      defers_(family(*counts_, "defers_total",
                     "Refusals for now; mode monitor: they would have been, and the mail went on.")),
      accepts_(family(*counts_, "accepts_total", "Recipients and messages that were accepted.")),
      mta_rejects_(
          family(*counts_, "mta_rejects_total", "Recipients that the mail server refused by itself.")),
      skipped_(family(*counts_, "rules_skipped_total",
                      "Rules that were left out (if_unknown: skip) since a fact was unknown, and whose doing "
                      "that was.")),
      disputed_(family(*counts_, "dkim_disputed_total",
                       "DKIM signatures that libopendkim verifies and we do not.")) {}

void CountedLog::write(const policy::Record& record) {
  survives("metrics", [&] { count(record); });
  behind_.write(record);
}

void CountedLog::count(const policy::Record& record) {
  const auto* disputed = record.observed.facts.value("dkim.disputed");
  if (const auto* number = disputed ? std::get_if<std::int64_t>(disputed) : nullptr)
    disputed_.Add({}).Increment(static_cast<double>(*number));
  const auto& verdict = record.verdict;
  for (const auto& considered : verdict.trace)
    if (considered.truth == policy::Truth::unknown && considered.rule != verdict.rule)
      skipped_.Add(labels_of(considered, record.observed.facts)).Increment();
  switch (record.event) {
    case policy::Event::accept:
      accepts_.Add({{"stage", std::string(policy::to_text(record.stage))}}).Increment();
      break;
    case policy::Event::reject:
    case policy::Event::would_reject:
      rejects_.Add(labels_of(record)).Increment();
      break;
    case policy::Event::defer:
    case policy::Event::would_defer:
      defers_.Add(labels_of(record)).Increment();
      break;
    case policy::Event::mta_reject:
      mta_rejects_.Add({}).Increment();
      break;
  }
}

struct MetricsServer::Parts {
  Parts(const std::string& address, const MetricSources& sources)
      : counts(sources.log.counts()),
        collector(std::make_shared<Collector>(sources)),
        exposer(address, kThreads) {
    exposer.RegisterCollectable(counts);
    exposer.RegisterCollectable(collector);
  }
  std::shared_ptr<prometheus::Registry> counts;
  std::shared_ptr<Collector> collector;
  prometheus::Exposer exposer;  // last: its threads ask the others
};

tl::expected<std::unique_ptr<MetricsServer>, std::string> MetricsServer::open(const std::string& address,
                                                                              const MetricSources& sources) {
  try {
    auto parts = std::make_unique<Parts>(address, sources);
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(parts)));
  } catch (const std::exception& error) {  // prometheus-cpp has no other way to say it
    return tl::unexpected(fmt::format("cannot serve metrics on {}: {}", address, error.what()));
  }
}

MetricsServer::MetricsServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
MetricsServer::~MetricsServer() = default;

}  // namespace milter
