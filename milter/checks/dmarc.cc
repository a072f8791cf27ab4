#include <optional>

#include "milter/auth/dmarc/verify.h"
#include "milter/checks/check.h"
#include "milter/mail/domain_form.h"
#include "milter/mail/from_field.h"

namespace milter {
namespace {

struct Dmarc {
  policy::Value result = std::string("none");  // a word, or unavailable by itself: see judged()
  std::string domain, policy_domain, org_domain;
  std::string policy = "none", disposition = "none";
  policy::TextList aligned_by;
  std::string record, problem;
  static constexpr std::tuple fields{
      policy::Field{
          "result",
          &Dmarc::result,
          "pass: SPF or DKIM vouch for the From domain; none: no record applies; permerror: no single "
          "From domain",
          {.words = {"pass", "fail", "none", "permerror"}}},
      policy::Field{
          "domain", &Dmarc::domain, "the From domain; empty on permerror", {.kind = policy::Kind::domain}},
      policy::Field{
          "policy_domain",
          &Dmarc::policy_domain,
          "whose record applies: the From domain, its organisation or its registry; empty without one",
          {.kind = policy::Kind::domain}},
      policy::Field{"org_domain",
                    &Dmarc::org_domain,
                    "the organisational domain of the From domain",
                    {.kind = policy::Kind::domain}},
      policy::Field{"policy",
                    &Dmarc::policy,
                    "the record's p=; none without a record",
                    {.words = {"none", "quarantine", "reject"}}},
      policy::Field{"disposition",
                    &Dmarc::disposition,
                    "what the owner asks for this message, after sp, np, psd and t=y; none on a pass",
                    {.words = {"none", "quarantine", "reject"}}},
      policy::Field{"aligned_by", &Dmarc::aligned_by,
                    "who vouched for the From domain: spf, dkim; empty on a fail"},
      policy::Field{"record", &Dmarc::record, "the record as published, or empty"},
      policy::Field{"problem", &Dmarc::problem, "what is wrong with the record or the From field, or empty"},
  };
};

DmarcMode mode_of(const policy::Policy& policy) {
  const auto setting = policy.settings.find("dmarc.mode");
  const bool psl = setting != policy.settings.end() && setting->second == policy::Value(std::string("psl"));
  return psl ? DmarcMode::public_suffix_list : DmarcMode::tree_walk;
}

bool has_null_sender(const Transaction& transaction) { return transaction.mail_from == "<>"; }

// RFC 9989 4.4.2 takes SPF's word on the MAIL FROM identity only. Where the sender is null that identity is
// postmaster@HELO (RFC 7208 2.4), which SPF reports as helo; a HELO pass beside a real sender proves nothing.
std::string spf_domain(const Asking& asking) {
  const auto& facts = asking.facts;
  if (facts.text("spf.result") != "pass") return {};
  const bool counts = facts.text("spf.identity") == "mailfrom" || has_null_sender(asking.transaction);
  return counts ? to_a_labels(facts.text("spf.domain")) : std::string();
}

std::vector<std::string> dkim_domains(const policy::FactSet& facts) {
  std::vector<std::string> out;
  const auto* passed = facts.value("dkim.passed");
  if (const auto* domains = passed != nullptr ? std::get_if<policy::TextList>(passed) : nullptr)
    for (const auto& domain : *domains)
      if (auto name = to_a_labels(domain); !name.empty()) out.push_back(std::move(name));
  return out;
}

// Why a fact that was asked for is not there, or null.
const policy::Unavailable* missing(const policy::FactSet& facts, std::string_view path) {
  if (const auto* fact = facts.find(policy::group_of(path)))
    if (const auto* why = std::get_if<policy::Unavailable>(fact)) return why;
  const auto* value = facts.value(path);
  return value != nullptr ? std::get_if<policy::Unavailable>(value) : nullptr;
}

// What might still have vouched for the From domain, had the world answered.
std::optional<policy::Unavailable> doubt(const policy::FactSet& facts) {
  if (const auto* why = missing(facts, "dkim.result")) return policy::Unavailable{"DKIM: " + why->reason};
  // A good signature makes dkim known while the key of another could not be fetched.
  const auto* signatures = facts.value("dkim.signatures");
  if (const auto* list = signatures != nullptr ? std::get_if<policy::TextList>(signatures) : nullptr)
    for (const auto& signature : *list)
      if (signature.starts_with("temperror")) return policy::Unavailable{"DKIM: " + signature};
  if (const auto* why = missing(facts, "spf.result")) return policy::Unavailable{"SPF: " + why->reason};
  return std::nullopt;
}

policy::Fact judged(const FromField& from, const DmarcResult& found, const policy::FactSet& facts) {
  if (found.status == DmarcStatus::temperror) return policy::Unavailable{found.problem};
  Dmarc dmarc{.result = std::string(to_text(found.status)),
              .domain = from.domain,
              .policy_domain = found.policy_domain,
              .org_domain = found.org_domain,
              .policy = std::string(to_text(found.policy)),
              .disposition = std::string(to_text(found.disposition)),
              .aligned_by = found.aligned_by,
              .record = found.record,
              .problem = found.problem};
  const auto unknown = found.status == DmarcStatus::fail ? doubt(facts) : std::nullopt;
  if (!unknown) return policy::to_fact(dmarc);
  // The result may be wrong. Where the owner asks for nothing, the rest is right all the same, and a policy
  // that goes by the disposition need not wait for an answer.
  if (found.asked != DmarcPolicy::none) return *unknown;
  dmarc.result = *unknown;
  return policy::to_fact(dmarc);
}

policy::Fact gather(const Asking& asking) {
  const auto from = read_from(asking.transaction.headers);
  if (const auto* why = missing(asking.facts, "from.domain")) return *why;
  if (from.domain.empty())
    return policy::to_fact(Dmarc{.result = std::string("permerror"), .problem = from.problem});
  const DmarcQuestion question{.from_domain = from.domain,
                               .spf_domain = spf_domain(asking),
                               .dkim_domains = dkim_domains(asking.facts),
                               .mode = mode_of(asking.env.policy)};
  return judged(from, evaluate_dmarc(question, asking.env.dns, asking.deadline), asking.facts);
}

// Needs the headers only; the answers wait in the resolver's cache.
void start(const Asking& asking) {
  auto from = read_from(asking.transaction.headers);
  if (!from.domain.empty()) DmarcLookup(asking.env.dns, std::move(from.domain), mode_of(asking.env.policy));
}

}  // namespace

extern const Check dmarc_check{
    .doc = {.name = "dmarc",
            .group = "dmarc",
            .since = policy::Stage::message,
            .summary =
                "DMARC (RFC 9989): whether the From domain is vouched for, and what its owner asks if not.",
            .doubt_reason = "dmarc-temperror",
            .fields = policy::describe<Dmarc>()},
    .after = {"from", "spf", "dkim"},
    .gather = gather,
    .start = start,
};

}  // namespace milter
