#include "milter/auth/dkim/candidate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "policy/domain.h"

namespace milter {
namespace {

constexpr std::string_view kSignatureField = "dkim-signature";

std::string field_name(const HeaderField& field) {
  auto name = policy::lower(field.name);
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
  return name;
}

// RFC 6376 3.5: t= and x=, against our clock.
std::string time_problem(const DkimSignature& signature, std::int64_t now) {
  if (signature.expires_at && now > *signature.expires_at + kClockDrift) return "the signature has expired";
  if (signature.signed_at && *signature.signed_at > now + kClockDrift)
    return "the signature is dated in the future";
  return {};
}

Candidate read_candidate(std::size_t index, std::string_view value, std::int64_t now) {
  auto parsed = parse_signature(value);
  Candidate out{.field = index, .signature = std::move(parsed.signature)};
  const auto& signature = out.signature;
  out.result = {.domain = signature.domain,
                .selector = signature.selector,
                .algorithm = signature.algorithm ? std::string(to_text(*signature.algorithm)) : "",
                .identity = signature.identity,
                .header_b = signature.value_prefix};
  if (!parsed.problem.empty()) {
    out.settle(DkimWord::permerror, std::move(parsed.problem));
  } else if (auto problem = time_problem(signature, now); !problem.empty()) {
    out.settle(DkimWord::fail, std::move(problem));
  } else if (!parsed.hashable) {
    out.settle(DkimWord::neutral, "the tag b is written in a way that we cannot hash");
  }
  return out;
}

// Could this signature align with an author, by the relaxed rule or the strict one?
bool is_related(const std::string& domain, const std::vector<std::string>& authors) {
  return std::any_of(authors.begin(), authors.end(), [&](const std::string& written) {
    const auto author = policy::normal_name(written);
    return author == domain || author.ends_with("." + domain) || domain.ends_with("." + author);
  });
}

void keep_the_most_useful(std::vector<Candidate>& candidates, const std::vector<std::string>& authors) {
  std::vector<Candidate*> open;
  for (auto& candidate : candidates)
    if (candidate.open) open.push_back(&candidate);
  if (open.size() <= kMostSignatures) return;
  std::stable_partition(open.begin(), open.end(),
                        [&](const Candidate* c) { return is_related(c->signature.domain, authors); });
  for (auto it = open.begin() + kMostSignatures; it != open.end(); ++it)
    (*it)->settle(DkimWord::neutral, fmt::format("not checked: more than {} signatures", kMostSignatures));
}

// How often each field name occurs in h=, at most: that many fields of the name, from the bottom, are all
// that a signature can cover (RFC 6376 5.4.2).
std::map<std::string, std::size_t, std::less<>> covered(const std::vector<Candidate>& candidates) {
  std::map<std::string, std::size_t, std::less<>> most;
  for (const auto& candidate : candidates) {
    if (!candidate.open) continue;
    std::map<std::string, std::size_t, std::less<>> own;
    for (const auto& name : candidate.signature.signed_fields) ++own[name];
    for (const auto& [name, count] : own) most[name] = std::max(most[name], count);
  }
  return most;
}

std::string field_text(const HeaderField& field) {
  std::string out = field.name + ":";
  for (const char c : field.value) {
    if (c == '\n' && !out.ends_with('\r')) out += '\r';
    out += c;
  }
  return out;
}

}  // namespace

void Candidate::settle(DkimWord word, std::string reason) {
  open = false;
  result.word = word;
  result.reason = std::move(reason);
}

Candidates read_candidates(const DkimVerifier::Message& message) {
  Candidates out;
  for (std::size_t i = 0; i < message.fields.size(); ++i) {
    if (field_name(message.fields[i]) != kSignatureField) continue;
    if (out.read.size() < kMostSignatureFields)
      out.read.push_back(read_candidate(i, message.fields[i].value, message.now));
    else
      ++out.unread;
  }
  keep_the_most_useful(out.read, message.author_domains);
  return out;
}

std::vector<OpendkimMessage::Field> needed_fields(std::span<const HeaderField> fields,
                                                  const std::vector<Candidate>& candidates) {
  std::map<std::size_t, int> signature_at;
  for (const auto& candidate : candidates)
    if (candidate.open) signature_at.emplace(candidate.field, static_cast<int>(signature_at.size()));
  auto left = covered(candidates);
  std::vector<OpendkimMessage::Field> out;
  for (auto i = fields.size(); i-- > 0;) {
    const auto name = field_name(fields[i]);
    const auto own = signature_at.find(i);
    const auto count = left.find(name);
    const bool wanted = count != left.end() && count->second > 0;
    if (wanted) --count->second;
    // libopendkim gives up on the whole message over a signature field of 64 KB.
    if (name == kSignatureField && fields[i].value.size() > kLongestSignature) continue;
    if (own != signature_at.end() || wanted)
      out.push_back({field_text(fields[i]), own == signature_at.end() ? -1 : own->second});
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace milter
