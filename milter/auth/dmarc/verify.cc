#include "milter/auth/dmarc/verify.h"

#include <algorithm>
#include <optional>

#include "milter/dns/suffix.h"
#include "policy/domain.h"

namespace milter {
namespace {

// A domain that SPF or DKIM vouches for, held against the From domain.
struct Identifier {
  std::string_view by;  // "spf", "dkim"
  std::string_view domain;
  bool strict = false;
  std::optional<DmarcDiscovery> walk;  // where its organisation must be looked up
};

std::vector<Identifier> identifiers(const DmarcQuestion& question, const DmarcRecord& record) {
  std::vector<Identifier> out;
  if (!question.spf_domain.empty())
    out.push_back({.by = "spf", .domain = question.spf_domain, .strict = record.strict_spf});
  for (const auto& domain : question.dkim_domains)
    out.push_back({.by = "dkim", .domain = domain, .strict = record.strict_dkim});
  return out;
}

enum class Aligned { no, yes, unknown };

// Without a record alignment is relaxed (RFC 9989 4.10.1: the default of adkim and aspf).
const DmarcRecord& record_of(const DmarcDiscovery& found) {
  static const DmarcRecord kNone;
  if (found.applied) return found.applied->record;
  return found.own ? found.own->record : kNone;
}

// Only a domain below the From domain's organisation can have the same one: nobody else is asked about.
class Alignment {
 public:
  Alignment(const DmarcQuestion& question, const DmarcDiscovery& found, Answers& answers)
      : question_(question), found_(found), identifiers_(identifiers(question, record_of(found))) {
    if (question.mode != DmarcMode::tree_walk || found.trouble) return;
    for (auto& identifier : identifiers_)
      if (!identifier.strict && identifier.domain != question.from_domain &&
          policy::is_below(identifier.domain, found.org_domain))
        identifier.walk = discover(std::string(identifier.domain), question.mode, answers);
  }

  // The mechanisms that agree with the From domain, each once. Empty, with `trouble` set: not known.
  std::vector<std::string> agreeing() {
    std::vector<std::string> by;
    for (const auto& identifier : identifiers_) {
      if (!by.empty() && by.back() == identifier.by) continue;  // a further signature adds nothing
      if (align(identifier) == Aligned::yes) by.emplace_back(identifier.by);
    }
    return by;
  }
  const std::optional<policy::Unavailable>& trouble() const { return trouble_; }

 private:
  Aligned align(const Identifier& identifier) {
    if (identifier.domain == question_.from_domain) return Aligned::yes;
    if (identifier.strict) return Aligned::no;
    if (found_.trouble) return Aligned::unknown;
    if (question_.mode == DmarcMode::public_suffix_list) {
      const bool same =
          !found_.org_domain.empty() && registrable_domain(identifier.domain) == found_.org_domain;
      return same ? Aligned::yes : Aligned::no;
    }
    if (identifier.domain == found_.org_domain) return Aligned::yes;  // its own walk would end there too
    if (!identifier.walk) return Aligned::no;
    const auto& walked = *identifier.walk;
    if (walked.trouble && !trouble_) trouble_ = walked.trouble;
    if (walked.trouble) return Aligned::unknown;
    return walked.org_domain == found_.org_domain ? Aligned::yes : Aligned::no;
  }

  const DmarcQuestion& question_;
  const DmarcDiscovery& found_;
  std::vector<Identifier> identifiers_;
  std::optional<policy::Unavailable> trouble_;
};

DmarcPolicy one_milder(DmarcPolicy policy) {
  return policy == DmarcPolicy::reject ? DmarcPolicy::quarantine : DmarcPolicy::none;
}

// Whether a name exists: RFC 9989 3.2.6 goes by NXDOMAIN, whatever the type (RFC 8020).
struct Existence {
  bool exists = true;
  std::optional<policy::Unavailable> trouble;
};

Existence look_for(const std::string& domain, Answers& answers) {
  const auto* outcome = answers.of(domain, RecordType::a);
  if (outcome == nullptr) return {};
  if (!outcome->has_value()) return {.trouble = unavailable(outcome->error())};
  return {.exists = (*outcome)->name_exists()};
}

// What the owner asks for mail that fails; trouble where np= would decide and nobody says whether
// the From domain exists.
tl::expected<DmarcPolicy, policy::Unavailable> asked_for(const DmarcQuestion& question,
                                                         const DmarcPlace& place, Answers& answers) {
  const auto& domain = question.from_domain;
  const auto& record = place.record;
  auto policy = record.policy;
  if (place.domain != domain) {
    policy = record.subdomain.value_or(policy);
    if (record.missing_subdomain && *record.missing_subdomain != policy) {
      const auto found = look_for(domain, answers);
      if (found.trouble) return tl::unexpected(*found.trouble);
      if (!found.exists) policy = *record.missing_subdomain;
    }
  }
  return record.testing || question.roll >= record.percent ? one_milder(policy) : policy;
}

DmarcResult unanswered(DmarcResult result, const policy::Unavailable& trouble) {
  result.status = DmarcStatus::temperror;
  result.aligned_by.clear();
  result.problem = trouble.reason;
  result.owner = trouble.owner;
  return result;
}

DmarcResult describe(const DmarcPlace& place, const DmarcDiscovery& found) {
  return {.policy_domain = place.domain,
          .org_domain = found.org_domain,
          .policy = place.record.policy,
          .record = place.text,
          .problem = place.record.problem.empty() ? found.problem : place.record.problem};
}

}  // namespace

std::string_view to_text(DmarcStatus status) {
  switch (status) {
    case DmarcStatus::pass:
      return "pass";
    case DmarcStatus::fail:
      return "fail";
    case DmarcStatus::none:
      return "none";
    case DmarcStatus::temperror:
      return "temperror";
  }
  return "none";
}

DmarcResult evaluate_dmarc(const DmarcQuestion& question, Answers& answers) {
  const auto found = discover(question.from_domain, question.mode, answers);
  if (!answers.all_here()) return {};
  const auto& place = found.trouble ? found.own : found.applied;
  if (!place && found.trouble) return unanswered({}, *found.trouble);
  auto result =
      place ? describe(*place, found) : DmarcResult{.org_domain = found.org_domain, .problem = found.problem};
  Alignment alignment(question, found, answers);
  if (!answers.all_here()) return {};
  result.aligned_by = alignment.agreeing();
  if (!place || !place->record.applies) {
    if (result.aligned_by.empty() && alignment.trouble())
      return unanswered(std::move(result), *alignment.trouble());
    return result;
  }
  if (!result.aligned_by.empty()) {
    // RFC 9989 4.10.2: a domain that vouches for itself needs no walk, whatever happened on the way up.
    if (result.org_domain.empty() && found.trouble) result.org_domain = question.from_domain;
    result.status = DmarcStatus::pass;
    return result;
  }
  if (found.trouble) return unanswered(std::move(result), *found.trouble);
  if (alignment.trouble()) return unanswered(std::move(result), *alignment.trouble());
  const auto asked = asked_for(question, *place, answers);
  if (!asked) return unanswered(std::move(result), asked.error());
  result.status = DmarcStatus::fail;
  result.asked = result.disposition = *asked;
  return result;
}

}  // namespace milter
