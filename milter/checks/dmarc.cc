#include <algorithm>
#include <optional>

#include "milter/auth/dmarc/verify.h"
#include "milter/checks/check.h"
#include "policy/domain_form.h"
#include "policy/path.h"

namespace milter {
namespace {

struct Dmarc {
  policy::Known<std::string> result = std::string("none");
  std::string domain;
  policy::Known<std::string> policy_domain, org_domain;
  policy::Known<std::string> policy = std::string("none"), disposition = std::string("none");
  policy::Known<policy::TextList> aligned_by;
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
                    "what the owner asks for this message, after sp, np, psd and t=y (by RFC 7489: pct); "
                    "none on a pass",
                    {.words = {"none", "quarantine", "reject"}}},
      policy::Field{"aligned_by", &Dmarc::aligned_by,
                    "who vouches for the From domain, whether it has a record or not: spf, dkim"},
      policy::Field{"record", &Dmarc::record, "the record as published, or empty", {.evidence = true}},
      policy::Field{"problem",
                    &Dmarc::problem,
                    "what is wrong with the record or the From field, or empty",
                    {.evidence = true}},
  };
};

DmarcMode mode_of(const policy::Policy& policy) {
  const auto setting = policy.settings.find("dmarc.mode");
  const bool psl = setting != policy.settings.end() && setting->second == policy::Value(std::string("psl"));
  return psl ? DmarcMode::public_suffix_list : DmarcMode::tree_walk;
}

// Of the message's dice, percents.
int roll_of(const policy::FactSet& facts) {
  const auto* roll = facts.value("dice.roll");
  const auto* number = roll ? std::get_if<std::int64_t>(roll) : nullptr;
  return number ? static_cast<int>(*number / 100) : 0;
}

bool has_null_sender(const Transaction& transaction) {
  return policy::parse_path(transaction.mail_from).null;
}

// RFC 9989 4.4.2 takes SPF's word on the MAIL FROM identity only. Where the sender is null that identity is
// postmaster@HELO (RFC 7208 2.4), which SPF reports as helo; a HELO pass beside a real sender proves nothing.
std::string spf_identifier(const CheckInput& input) {
  const auto& facts = input.facts;
  const bool counts = facts.text("spf.identity") == "mailfrom" || has_null_sender(input.transaction);
  return counts ? policy::to_a_labels(facts.text("spf.domain")) : std::string();
}

void add_names(const policy::TextList& domains, std::vector<std::string>& out) {
  for (const auto& domain : domains)
    if (auto name = policy::to_a_labels(domain); !name.empty()) out.push_back(std::move(name));
}

// What SPF and DKIM vouch for; and for what they might, had the world answered.
struct Identifiers {
  std::string spf;
  std::vector<std::string> dkim;
  std::optional<policy::Unavailable> why;  // something is open
};

Identifiers known_identifiers(const CheckInput& input) {
  Identifiers out;
  if (input.facts.text("spf.result") == "pass") out.spf = spf_identifier(input);
  const auto* passed = input.facts.value("dkim.passed");
  if (!passed) return out;
  if (const auto* domains = std::get_if<policy::TextList>(passed)) add_names(*domains, out.dkim);
  if (const auto* part = std::get_if<policy::InPart>(passed)) add_names(part->has, out.dkim);
  return out;
}

// `from`: a signature of which nothing is known may be the From domain's own.
Identifiers possible_identifiers(const CheckInput& input, Identifiers known, const std::string& from) {
  const auto& facts = input.facts;
  if (const auto* why = facts.why_unknown("dkim.passed")) {
    const auto* part = std::get_if<policy::InPart>(facts.value("dkim.passed"));
    if (part) add_names(part->may, known.dkim);
    if (!part || part->anything) known.dkim.push_back(from);
    known.why = policy::Unavailable{"DKIM: " + why->reason, why->owner};
  }
  if (const auto* why = facts.why_unknown("spf.result")) {
    known.spf = spf_identifier(input);
    if (!known.why || why->owner == policy::Owner::client)
      known.why = policy::Unavailable{"SPF: " + why->reason, why->owner};
  }
  return known;
}

Dmarc described(const std::string& from, const DmarcResult& found) {
  return {.result = std::string(to_text(found.status)),
          .domain = from,
          .policy_domain = found.policy_domain,
          .org_domain = found.org_domain,
          .policy = std::string(to_text(found.policy)),
          .disposition = std::string(to_text(found.disposition)),
          .aligned_by = found.aligned_by,
          .record = found.record,
          .problem = found.problem};
}

// The record, or the way to it, is unknown: so is all that hangs on it.
Dmarc unanswered(const std::string& from, const DmarcResult& found) {
  const policy::Unavailable why{found.problem, found.owner};
  return {.result = why,
          .domain = from,
          .policy_domain = why,
          .org_domain = why,
          .policy = why,
          .disposition = why,
          .aligned_by = why,
          .record = {},
          .problem = found.problem};
}

// What `hopeful` adds: what SPF and DKIM would have vouched for with the answers that did not come. Identifiers that
// could not align anyway leave nothing open.
Dmarc in_part(Dmarc dmarc, const DmarcResult& found, const DmarcResult& hopeful,
              const policy::Unavailable& why) {
  using policy::InPart;
  InPart by{.of = InPart::Of::list, .has = found.aligned_by, .why = why};
  for (const auto& mechanism : hopeful.aligned_by)
    if (std::find(by.has.begin(), by.has.end(), mechanism) == by.has.end()) by.may.push_back(mechanism);
  if (by.may.empty()) return dmarc;
  dmarc.aligned_by = std::move(by);
  if (found.status != DmarcStatus::fail) return dmarc;
  dmarc.result = InPart{.may = {"pass", "fail"}, .why = why};
  if (found.disposition != DmarcPolicy::none)
    dmarc.disposition = InPart{.may = {"none", std::string(to_text(found.disposition))}, .why = why};
  return dmarc;
}

// Asked ahead, with the headers complete, it has no word of SPF and DKIM yet: the record can be looked for already.
Gathered gather(const CheckInput& input, Answers& answers) {
  if (const auto* why = input.facts.why_unknown("from.domain")) return *why;
  const std::string from(input.facts.text("from.domain"));
  if (from.empty())
    return policy::to_fact(
        Dmarc{.result = std::string("permerror"), .problem = std::string(input.facts.text("from.problem"))});
  const auto known = known_identifiers(input);
  const auto possible = possible_identifiers(input, known, from);
  const auto mode = mode_of(input.policy);
  const auto roll = roll_of(input.facts);
  const auto found = evaluate_dmarc({from, known.spf, known.dkim, mode, roll}, answers);
  const auto hopeful =
      possible.why ? evaluate_dmarc({from, possible.spf, possible.dkim, mode, roll}, answers) : found;
  if (!answers.all_here()) return policy::Fields{};
  // A record that did not come matters no more where the From domain vouches for itself.
  if (found.status == DmarcStatus::temperror) return policy::to_fact(unanswered(from, found));
  if (!possible.why) return policy::to_fact(described(from, found));
  return policy::to_fact(in_part(described(from, found), found, hopeful, *possible.why));
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
};

}  // namespace milter
