#include "milter/auth/dkim/candidate.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/domain.h"
#include "policy/domain_form.h"

namespace milter {
namespace {

using Authors = std::vector<std::string>;  // of From, A-labels

// RFC 6376 3.5: t= and x=, against our clock.
std::string time_problem(const DkimSignature& signature, std::int64_t now) {
  if (signature.expires_at && now > *signature.expires_at + kClockDrift) return "the signature has expired";
  if (signature.signed_at && *signature.signed_at > now + kClockDrift)
    return "the signature is dated in the future";
  return {};
}

std::string_view last_two_labels(std::string_view domain) {
  const auto last = domain.rfind('.');
  if (last == std::string_view::npos || last == 0) return domain;
  const auto before = domain.rfind('.', last - 1);
  return before == std::string_view::npos ? domain : domain.substr(before + 1);
}

Nearness nearness_to(const std::string& domain, const std::string& author) {
  if (domain == author) return Nearness::same;
  if (policy::is_below(domain, author) || policy::is_below(author, domain)) return Nearness::related;
  return last_two_labels(domain) == last_two_labels(author) ? Nearness::cousin : Nearness::stranger;
}

Nearness nearness(const std::string& domain, const Authors& authors) {
  auto out = Nearness::stranger;
  for (const auto& author : authors)
    if (!domain.empty()) out = std::min(out, nearness_to(domain, author));
  return out;
}

// Enough is legible that another verifier may come to a verdict. Not for rsa-sha1: no verdict of it counts.
bool is_legible(const DkimSignature& signature) {
  return !signature.domain.empty() && !signature.selector.empty() && signature.algorithm &&
         signature.algorithm != SigningAlgorithm::rsa_sha1 && !signature.signed_fields.empty() &&
         !signature.value.empty() && !signature.body_hash.empty();
}

Candidate read_candidate(std::size_t index, std::string_view value, std::int64_t now,
                         const Authors& authors) {
  auto parsed = parse_signature(value);
  Candidate out{.field = index, .signature = std::move(parsed.signature)};
  const auto& signature = out.signature;
  out.nearness = nearness(signature.domain, authors);
  out.result = {.word = DkimWord::temperror,  // until it is settled
                .domain = signature.domain,
                .selector = signature.selector,
                .algorithm = signature.algorithm ? std::string(to_text(*signature.algorithm)) : "",
                .identity = signature.identity,
                .header_b = signature.value_prefix,
                .reason = "not verified"};
  if (!parsed.problem.empty()) {
    out.settle(DkimWord::permerror, std::move(parsed.problem));
    out.for_others = out.could_align() && is_legible(signature);
  } else if (auto problem = time_problem(signature, now); !problem.empty()) {
    out.settle(DkimWord::fail, std::move(problem));
  }
  return out;
}

// Leaves kMostSignatures with a need for a key: those that we read before those that only others might, and the
// nearer before the farther.
void keep_the_most_useful(std::vector<Candidate>& candidates) {
  std::vector<Candidate*> all;
  for (auto& candidate : candidates)
    if (candidate.needs_key()) all.push_back(&candidate);
  if (all.size() <= kMostSignatures) return;
  std::stable_sort(all.begin(), all.end(), [](const Candidate* a, const Candidate* b) {
    return a->open != b->open ? a->open : a->nearness < b->nearness;
  });
  for (auto it = all.begin() + kMostSignatures; it != all.end(); ++it) {
    (*it)->for_others = false;
    if ((*it)->open)
      (*it)->settle(DkimWord::neutral, fmt::format("not checked: more than {} signatures", kMostSignatures),
                    policy::Owner::client);
  }
}

// Whether the text of a field holds an author's domain: what is worth a reading beyond kMostSignatureFields.
bool names_an_author(std::string_view value, const Authors& authors) {
  const auto same = [](char a, char b) { return policy::lower(a) == b; };
  return std::any_of(authors.begin(), authors.end(), [&](const std::string& author) {
    return std::search(value.begin(), value.end(), author.begin(), author.end(), same) != value.end();
  });
}

Authors a_labels(const std::vector<std::string>& domains) {
  Authors out;
  for (const auto& domain : domains)
    if (auto name = policy::to_a_labels(domain); !name.empty()) out.push_back(std::move(name));
  return out;
}

}  // namespace

void Candidate::settle(DkimWord word, std::string reason, std::optional<policy::Owner> doubt) {
  open = false;
  result.open = doubt;
  result.word = word;
  result.reason = std::move(reason);
}

bool is_signature_field(const HeaderField& field) { return is_named(field, "DKIM-Signature"); }

Candidates read_candidates(const DkimVerifier::Message& message) {
  Candidates out;
  const auto authors = a_labels(message.author_domains);
  std::size_t own = 0;  // of an author, beyond kMostSignatureFields
  for (std::size_t i = 0; i < message.fields.size(); ++i) {
    const auto& field = message.fields[i];
    if (!is_signature_field(field)) continue;
    const bool room = out.read.size() - own < kMostSignatureFields;
    if (room || (own < kMostSignatures && names_an_author(field.value, authors))) {
      auto candidate = read_candidate(i, field.value, message.now, authors);
      if (room || candidate.nearness == Nearness::same) {
        own += room ? 0 : 1;
        out.read.push_back(std::move(candidate));
        continue;
      }
    }
    ++out.unread;
  }
  keep_the_most_useful(out.read);
  return out;
}

}  // namespace milter
