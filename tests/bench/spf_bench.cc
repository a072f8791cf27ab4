// What SPF costs beside DNS: every answer is in memory. Figures: README.md in this folder.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <map>
#include <string>

#include "milter/auth/spf/parse.h"
#include "milter/auth/spf/records.h"
#include "milter/auth/spf/verify.h"

namespace milter {
namespace {

// Answers that are there already. One thread.
class Memory : public Resolver {
 public:
  Memory() : nothing_(answered(Records{})) {}
  void put(const std::string& name, RecordType type, Records records) {
    records.kind = Records::Kind::found;
    known_.insert_or_assign({name, type}, answered(std::move(records)));
  }
  Lookup query(std::string_view name, RecordType type) override {
    const auto found = known_.find({std::string(name), type});
    return found == known_.end() ? nothing_ : found->second;
  }

 private:
  std::map<std::pair<std::string, RecordType>, Lookup> known_;
  Lookup nothing_;
};

const SpfQuestion kQuestion{.client = policy::Address(policy::Address::V4{192, 0, 2, 1}),
                            .helo = "mail.example.org",
                            .sender = "bob@example.org",
                            .receiver = "mx.example.com"};

void evaluate(benchmark::State& state, Memory& answers, SpfWord expected) {
  for (auto _ : state) {
    Questions questions(answers);
    Answers here(questions, {Deadline::min(), Deadline::max()}, Deadline::min());
    SpfRecords records;
    const auto result = check_mail_from(kQuestion, here, records);
    if (result.word != expected) state.SkipWithError(result.problem.c_str());
    benchmark::DoNotOptimize(&result);
  }
}

void Simple(benchmark::State& state) {
  Memory answers;
  answers.put("example.org", RecordType::txt, {.texts = {"v=spf1 ip4:192.0.2.0/24 -all"}});
  evaluate(state, answers, SpfWord::pass);
}
BENCHMARK(Simple);

void SimpleWithMx(benchmark::State& state) {
  Memory answers;
  answers.put("example.org", RecordType::txt, {.texts = {"v=spf1 mx -all"}});
  answers.put("example.org", RecordType::mx, {.exchangers = {{10, "mx.example.org"}}});
  answers.put("mx.example.org", RecordType::a, {.addresses = {kQuestion.client}});
  evaluate(state, answers, SpfWord::pass);
}
BENCHMARK(SimpleWithMx);

void NetworksWithoutMatch(benchmark::State& state) {
  std::string record = "v=spf1";
  for (int i = 0; i < state.range(0); ++i) record += fmt::format(" ip4:198.51.{}.0/24", i);
  Memory answers;
  answers.put("example.org", RecordType::txt, {.texts = {record + " -all"}});
  evaluate(state, answers, SpfWord::fail);
}
BENCHMARK(NetworksWithoutMatch)->Arg(10)->Arg(200);

// What a large sender publishes: includes all the way, ten lookups.
void TenLookups(benchmark::State& state) {
  Memory answers;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    const auto name = fmt::format("s{}.example.org", i);
    record += " include:" + name;
    answers.put(name, RecordType::txt, {.texts = {"v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 -all"}});
  }
  answers.put("example.org", RecordType::txt, {.texts = {record + " -all"}});
  evaluate(state, answers, SpfWord::fail);
}
BENCHMARK(TenLookups);

void Parse(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(parse_spf_record(
        "v=spf1 a mx include:_spf.example.net ip4:192.0.2.0/24 exists:%{ir}.x.example.org -all"));
}
BENCHMARK(Parse);

}  // namespace
}  // namespace milter
