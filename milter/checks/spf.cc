#include "milter/checks/spf_question.h"

namespace milter {
namespace {

struct Spf {
  policy::Known<std::string> result = std::string("none");
  std::string identity = "mailfrom", domain, term, record, problem, explanation;
  policy::Known<std::int64_t> lookups;
  static constexpr std::tuple fields{
      policy::Field{"result",
                    &Spf::result,
                    "what the sender's domain says of the client (RFC 7208); none: it publishes nothing",
                    {.words = kSpfWords}},
      policy::Field{"identity",
                    &Spf::identity,
                    "what was checked: mailfrom, or helo where the sender is null",
                    {.words = {"mailfrom", "helo"}}},
      policy::Field{"domain", &Spf::domain, "whose record was asked for", {.kind = policy::Kind::domain}},
      policy::Field{
          "term", &Spf::term, "the term that decided, as published: \"-all\"; or empty", {.evidence = true}},
      policy::Field{"record",
                    &Spf::record,
                    "the record that term stands in, as published; redirect may lead to another domain's",
                    {.evidence = true}},
      policy::Field{"problem",
                    &Spf::problem,
                    "why the result is none or permerror: \"example.org has no SPF record\"; else empty",
                    {.evidence = true}},
      policy::Field{
          "explanation",
          &Spf::explanation,
          "the domain's own words on a fail (exp=), cleaned; written by strangers: quote them, if at all, as "
          "theirs",
          {.evidence = true}},
      policy::Field{"lookups", &Spf::lookups, "terms that needed DNS; more than 10 are a permerror"},
  };
};

SpfOptions options_of(const policy::Policy& policy) {
  const auto setting = policy.settings.find("spf.explanation");
  return {.explanation =
              setting == policy.settings.end() || setting->second != policy::Value(std::string("ignore"))};
}

Spf to_spf(SpfResult result) {
  // No answer is no result. Whom it was about stays known.
  if (result.word == SpfWord::temperror) {
    const policy::Unavailable why{result.problem, result.owner};
    return {.result = why,
            .identity = std::string(to_text(result.identity)),
            .domain = std::move(result.domain),
            .lookups = why};
  }
  return {.result = std::string(to_text(result.word)),
          .identity = std::string(to_text(result.identity)),
          .domain = std::move(result.domain),
          .term = std::move(result.term),
          .record = std::move(result.record),
          .problem = std::move(result.problem),
          .explanation = std::move(result.explanation),
          .lookups = std::int64_t{result.lookups}};
}

Gathered gather(const CheckInput& input, Answers& answers) {
  const auto question = spf_question(input);
  if (!question) return policy::to_fact(Spf{.problem = "a local client has no address"});
  auto result = check_mail_from(*question, answers, input.spf_records, options_of(input.policy));
  return policy::to_fact(to_spf(std::move(result)));
}

}  // namespace

extern const Check spf_check{
    .doc = {.name = "spf",
            .group = "spf",
            .since = policy::Stage::mail,
            .summary = "Whether the sender's domain lets this client send for it: SPF, RFC 7208.",
            .doubt_reason = "spf-temperror",
            .fields = policy::describe<Spf>()},
    .after = {},
    .gather = gather,
};

}  // namespace milter
