// What DMARC costs by itself: every answer is in memory.
#include <benchmark/benchmark.h>

#include <unordered_map>

#include "milter/auth/dmarc/verify.h"
#include "milter/mail/from_field.h"

namespace milter {
namespace {

// Answers made beforehand, as a cache hands them out.
class Memory : public Resolver {
 public:
  explicit Memory(const std::unordered_map<std::string, std::string>& records) {
    for (const auto& [name, text] : records)
      known_.emplace(name, answered(Records{.kind = Records::Kind::found, .texts = {text}}));
  }
  Lookup query(std::string_view name, RecordType) override {
    const auto found = known_.find(std::string(name));
    return found == known_.end() ? nothing_ : found->second;
  }

 private:
  std::unordered_map<std::string, Lookup> known_;
  Lookup nothing_ = answered(Records{});
};

const std::unordered_map<std::string, std::string> kPublished{
    {"_dmarc.example.org", "v=DMARC1; p=reject; sp=quarantine; adkim=r; rua=mailto:dmarc@example.org"},
    {"_dmarc.other.example", "v=DMARC1; p=none"}};

void judge(benchmark::State& state, const DmarcQuestion& question) {
  Memory dns(kPublished);
  for (auto _ : state) {
    Questions questions(dns);
    Answers answers(questions, {Deadline::min(), Deadline::max()}, Deadline::min());
    benchmark::DoNotOptimize(evaluate_dmarc(question, answers));
  }
}

void BM_DmarcPass(benchmark::State& state) {
  judge(state, {.from_domain = "example.org", .spf_domain = "example.org", .dkim_domains = {"example.org"}});
}
BENCHMARK(BM_DmarcPass);

void BM_DmarcFailBelow(benchmark::State& state) {
  judge(state,
        {.from_domain = "news.example.org", .spf_domain = "esp.example", .dkim_domains = {"esp.example"}});
}
BENCHMARK(BM_DmarcFailBelow);

void BM_DmarcPassBySibling(benchmark::State& state) {
  judge(state, {.from_domain = "news.example.org", .spf_domain = "", .dkim_domains = {"mail.example.org"}});
}
BENCHMARK(BM_DmarcPassBySibling);

void BM_DmarcNone(benchmark::State& state) {
  judge(state, {.from_domain = "a.b.example", .spf_domain = "a.b.example", .dkim_domains = {}});
}
BENCHMARK(BM_DmarcNone);

void BM_FromField(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_from(" \"Ann, B.\" (sales) <ann.b@news.example.org>"));
}
BENCHMARK(BM_FromField);

}  // namespace
}  // namespace milter
