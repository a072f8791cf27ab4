// A 2 KB message with an rsa-sha256 signature of 2048 bits: our verifier, and libopendkim by itself. The
// goal: at most 1.3 times the latter. Figures: README.md in this folder.
#include <benchmark/benchmark.h>

#include <cstring>

#include "milter/auth/dkim/verify.h"
#include "tests/unit/dkim/signer.h"

#define _Bool bool  // NOLINT(bugprone-reserved-identifier)
#include <opendkim/dkim.h>
#undef _Bool

namespace milter {
namespace {

constexpr std::size_t kBodySize = 1500;  // and the header: 2 KB
constexpr std::int64_t kNow = 1'795'521'600;

test::Mail signed_mail() {
  auto mail = test::sample_mail();
  mail.body.clear();
  while (mail.body.size() < kBodySize) mail.body += "A line of the body,  with two spaces in it.\r\n";
  test::sign(mail, {});
  return mail;
}

const std::string& key_record() {
  static const std::string record = "v=DKIM1; k=rsa; p=" + test::public_key("rsa2048");
  return record;
}

class OneKey : public Resolver {
 public:
  Lookup query(std::string_view, RecordType) override { return key_; }

 private:
  Lookup key_ = answered(Records{.kind = Records::Kind::found, .texts = {key_record()}});
};

void ours(benchmark::State& state) {
  const auto mail = signed_mail();
  OneKey dns;
  for (auto _ : state) {
    DkimVerifier verifier({.fields = mail.fields, .author_domains = {"example.org"}, .now = kNow});
    verifier.body(mail.body);
    Questions questions(dns);
    Answers answers(questions, {Deadline::min(), Deadline::max()}, Deadline::min());
    if (verifier.finish(answers).signatures.at(0).word != DkimWord::pass) state.SkipWithError("no pass");
  }
}
BENCHMARK(ours);

DKIM_CBSTAT key_lookup(DKIM*, DKIM_SIGINFO*, u_char* buffer, std::size_t size) {
  std::strncpy(reinterpret_cast<char*>(buffer), key_record().c_str(), size);
  return DKIM_CBSTAT_CONTINUE;
}

u_char* octets(const std::string& text) { return reinterpret_cast<u_char*>(const_cast<char*>(text.data())); }

void libopendkim(benchmark::State& state) {
  const auto mail = signed_mail();
  std::vector<std::string> fields;
  for (const auto& field : mail.fields) fields.push_back(field.name + ":" + field.value);
  auto* const library = dkim_init(nullptr, nullptr);
  dkim_set_key_lookup(library, key_lookup);
  for (auto _ : state) {
    DKIM_STAT status = DKIM_STAT_OK;
    auto* const dkim = dkim_verify(library, octets("bench"), nullptr, &status);
    for (const auto& field : fields) dkim_header(dkim, octets(field), field.size());
    dkim_eoh(dkim);
    dkim_body(dkim, octets(mail.body), mail.body.size());
    if (dkim_eom(dkim, nullptr) != DKIM_STAT_OK) state.SkipWithError("no pass");
    dkim_free(dkim);
  }
}
BENCHMARK(libopendkim);

}  // namespace
}  // namespace milter
