#include <optional>

#include "milter/auth/spf/prefetch.h"
#include "milter/auth/spf/verify.h"
#include "milter/checks/check.h"
#include "milter/mail/domain_form.h"
#include "milter/mail/path.h"

namespace milter {
namespace {

using namespace std::string_view_literals;

// RFC 7208 2.6, without temperror: not knowing is no result, but makes the fact unavailable.
constexpr std::array<std::string_view, 10> kWords{"pass", "fail", "softfail", "neutral", "none", "permerror"};

struct Spf {
  std::string result = "none", identity = "mailfrom", domain, term, record, problem, explanation;
  std::int64_t lookups = 0;
  policy::Value helo_result = std::string("none");  // a word, or unavailable by itself
  static constexpr std::tuple fields{
      policy::Field{"result",
                    &Spf::result,
                    "what the sender's domain says of the client (RFC 7208); none: it publishes nothing",
                    {.words = kWords}},
      policy::Field{"identity",
                    &Spf::identity,
                    "what was checked: mailfrom, or helo where the sender is null",
                    {.words = {"mailfrom", "helo"}}},
      policy::Field{"domain", &Spf::domain, "whose record was asked for", {.kind = policy::Kind::domain}},
      policy::Field{"term", &Spf::term, "the term that decided, as published: \"-all\"; or empty"},
      policy::Field{"record", &Spf::record,
                    "the record that term stands in, as published; redirect may lead to another domain's"},
      policy::Field{"problem", &Spf::problem,
                    "why the result is none or permerror: \"example.org has no SPF record\"; else empty"},
      policy::Field{
          "explanation", &Spf::explanation,
          "the domain's own words on a fail (exp=), cleaned; written by strangers: quote them, if at all, as "
          "theirs"},
      policy::Field{"lookups", &Spf::lookups, "terms that needed DNS; more than 10 are a permerror"},
      policy::Field{"helo_result",
                    &Spf::helo_result,
                    "the same for the name in HELO, whatever the sender",
                    {.words = kWords}},
  };
};

// Half of the time that is left: a slow HELO domain must not use up what other checks wait with.
Deadline half_way_to(Deadline deadline) {
  const auto now = std::chrono::steady_clock::now();
  return deadline > now ? now + (deadline - now) / 2 : deadline;
}

// The mailbox as SPF reads it: without quotes, its domain as A-labels (RFC 8616 4). "@" is no null sender but
// one without a domain.
std::string mailbox_of(const std::string& mail_from) {
  const auto path = parse_path(mail_from);
  if (path.null) return "";
  const auto domain = to_a_labels(path.domain);
  return path.local + "@" + (domain.empty() ? path.domain : domain);
}

// Empty for a local client without an address: SPF says nothing of it.
std::optional<SpfQuestion> question_of(const Asking& asking) {
  if (!asking.connection.client) return std::nullopt;
  return SpfQuestion{.client = *asking.connection.client,
                     .helo = asking.connection.helo,
                     .sender = mailbox_of(asking.transaction.mail_from),
                     .receiver = asking.env.policy.site.name,
                     .unix_time = asking.env.clock.unix_millis() / 1000};
}

SpfOptions options_of(const policy::Policy& policy) {
  const auto setting = policy.settings.find("spf.explanation");
  return {.explanation =
              setting == policy.settings.end() || setting->second != policy::Value(std::string("ignore"))};
}

Spf to_spf(SpfResult result) {
  return {.result = std::string(to_text(result.word)),
          .identity = std::string(to_text(result.identity)),
          .domain = std::move(result.domain),
          .term = std::move(result.term),
          .record = std::move(result.record),
          .problem = std::move(result.problem),
          .explanation = std::move(result.explanation),
          .lookups = result.lookups};
}

policy::Value helo_value(const SpfResult& helo) {
  if (helo.word == SpfWord::temperror) return policy::Unavailable{helo.problem};
  return std::string(to_text(helo.word));
}

policy::Fact gather(const Asking& asking) {
  const auto question = question_of(asking);
  if (!question) return policy::to_fact(Spf{.problem = "a local client has no address"});
  auto result = check_mail_from(*question, asking.env.dns, asking.deadline, options_of(asking.env.policy));
  if (result.word == SpfWord::temperror) return policy::Unavailable{result.problem};
  const auto helo = result.identity == SpfIdentity::helo
                        ? result
                        : check_helo(*question, asking.env.dns, half_way_to(asking.deadline));
  auto spf = to_spf(std::move(result));
  spf.helo_result = helo_value(helo);
  return policy::to_fact(spf);
}

// Called at MAIL, and again at RCPT before gather: by then the tree was asked for, and its root is here.
void start(const Asking& asking) {
  const auto question = question_of(asking);
  if (!question) return;
  const bool at_rcpt = !asking.transaction.recipient.path.empty();
  if (at_rcpt && is_prefetched(*question, asking.env.dns)) return;
  prefetch(*question, asking.env.dns);
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
    .start = start,
};

}  // namespace milter
