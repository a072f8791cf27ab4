// Signed messages before our verifier, and before libopendkim by itself. Figures: README.md in this folder.
#include <benchmark/benchmark.h>

#include <cstring>

#include "milter/auth/dkim/verify.h"
#include "tests/unit/dkim/signer.h"

#define _Bool bool  // NOLINT(bugprone-reserved-identifier)
#include <opendkim/dkim.h>
#undef _Bool

namespace milter {
namespace {

constexpr std::size_t kSmallBody = 1500;  // and the header: 2 KB
constexpr std::size_t kLargeBody = 1'000'000;
constexpr std::int64_t kNow = 1'795'521'600;

test::Mail mail_of(std::size_t body) {
  auto mail = test::sample_mail();
  mail.body.clear();
  while (mail.body.size() < body)
    mail.body += "A line of the body, as long as most lines of mail are in these days,\r\n";
  return mail;
}

test::Mail signed_mail(std::size_t body, const test::Signing& signing = {}) {
  auto mail = mail_of(body);
  test::sign(mail, signing);
  return mail;
}

std::string record_of(const std::string& key) {
  return (key == "ed25519" ? "v=DKIM1; k=ed25519; p=" : "v=DKIM1; k=rsa; p=") + test::public_key(key);
}

class OneKey : public Resolver {
 public:
  explicit OneKey(const std::string& record)
      : key_(answered(Records{.kind = Records::Kind::found, .texts = {record}})) {}
  Lookup query(std::string_view, RecordType) override { return key_; }

 private:
  Lookup key_;
};

// In the pieces in which an MTA hands a body over.
DkimWord verdict(const test::Mail& mail, Resolver& dns) {
  constexpr std::size_t kPiece = 65535;
  DkimVerifier verifier({.fields = mail.fields, .author_domains = {"example.org"}, .now = kNow});
  for (std::size_t at = 0; at < mail.body.size(); at += kPiece)
    verifier.body(std::string_view(mail.body).substr(at, kPiece));
  Questions questions(dns);
  Answers answers(questions, {Deadline::min(), Deadline::max()}, Deadline::min());
  return verifier.finish(answers).signatures.at(0).word;
}

void run(benchmark::State& state, const test::Mail& mail, const std::string& record, DkimWord expected) {
  OneKey dns(record);
  for (auto _ : state)
    if (verdict(mail, dns) != expected) state.SkipWithError("another verdict");
}

void ours(benchmark::State& state) {
  run(state, signed_mail(kSmallBody), record_of("rsa2048"), DkimWord::pass);
}
BENCHMARK(ours);

void ours_ed25519(benchmark::State& state) {
  const test::Signing signing{.key = "ed25519", .tags = test::with_tag("rsa-sha256", "ed25519-sha256")};
  run(state, signed_mail(kSmallBody, signing), record_of("ed25519"), DkimWord::pass);
}
BENCHMARK(ours_ed25519);

// Each message has a key that nobody has seen.
void ours_with_a_new_key(benchmark::State& state) {
  const auto mail = signed_mail(kSmallBody);
  const auto record = record_of("rsa2048");
  std::size_t number = 0;
  for (auto _ : state) {
    OneKey dns("n=" + std::to_string(++number) + "; " + record.substr(sizeof "v=DKIM1;"));
    if (verdict(mail, dns) != DkimWord::pass) state.SkipWithError("no pass");
  }
}
BENCHMARK(ours_with_a_new_key);

// The body was changed, so that libopendkim is asked too.
void ours_and_the_second_voice(benchmark::State& state) {
  auto mail = signed_mail(kSmallBody);
  mail.body[0] = 'a';
  run(state, mail, record_of("rsa2048"), DkimWord::fail);
}
BENCHMARK(ours_and_the_second_voice);

void ours_megabyte(benchmark::State& state, const char* form) {
  run(state, signed_mail(kLargeBody, {.body = form}), record_of("rsa2048"), DkimWord::pass);
}
BENCHMARK_CAPTURE(ours_megabyte, simple, "simple");
BENCHMARK_CAPTURE(ours_megabyte, relaxed, "relaxed");

// Two of ten signatures have one form, and each another l=.
void ours_megabyte_ten_lengths(benchmark::State& state) {
  auto mail = mail_of(kLargeBody);
  for (std::size_t i = 1; i <= kMostSignatures; ++i) {
    const auto length = mail.body.size() / kMostSignatures * i - 99;
    test::sign(mail, {.body = i % 2 == 0 ? "simple" : "relaxed",
                      .length = length,
                      .tags = test::with_tags("l=" + std::to_string(length))});
  }
  run(state, mail, record_of("rsa2048"), DkimWord::pass);
}
BENCHMARK(ours_megabyte_ten_lengths);

DKIM_CBSTAT key_lookup(DKIM*, DKIM_SIGINFO*, u_char* buffer, std::size_t size) {
  static const auto record = record_of("rsa2048");
  std::strncpy(reinterpret_cast<char*>(buffer), record.c_str(), size);
  return DKIM_CBSTAT_CONTINUE;
}

u_char* octets(const std::string& text) { return reinterpret_cast<u_char*>(const_cast<char*>(text.data())); }

void libopendkim(benchmark::State& state) {
  const auto mail = signed_mail(static_cast<std::size_t>(state.range(0)));
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
BENCHMARK(libopendkim)->Arg(kSmallBody)->Arg(kLargeBody);

}  // namespace
}  // namespace milter
