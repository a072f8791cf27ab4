#include <fmt/format.h>

#include <algorithm>

#include "milter/auth/dkim/verify.h"
#include "milter/checks/check.h"
#include "policy/domain.h"

namespace milter {
namespace {

using policy::InPart;
using policy::Known;

struct Dkim {
  Known<std::string> result;
  Known<policy::TextList> passed;
  policy::TextList signatures;
  std::string domain;
  std::string selector;
  std::string detail;
  Known<std::string> weak;
  std::int64_t disputed = 0;
  static constexpr std::tuple fields{
      policy::Field{"result",
                    &Dkim::result,
                    "pass: some signature verifies; fail: none does; permerror: none could be checked, for "
                    "good; none: no signature that counts",
                    {.words = {"pass", "fail", "permerror", "none"}}},
      policy::Field{"passed",
                    &Dkim::passed,
                    "the domains (d=) of the signatures that verify and cover the whole body",
                    {.kind = policy::Kind::domain}},
      policy::Field{"signatures",
                    &Dkim::signatures,
                    "every DKIM-Signature field in message order: \"pass d=example.org s=2026 "
                    "a=rsa-sha256\"; with the first 8 "
                    "characters of b= where two share d= and s=",
                    {.evidence = true}},
      policy::Field{"domain",
                    &Dkim::domain,
                    "d= of the signature worth naming: the first that failed, else the first that passed",
                    {.kind = policy::Kind::domain, .evidence = true}},
      policy::Field{"selector", &Dkim::selector, "s= of that signature", {.evidence = true}},
      policy::Field{
          "detail", &Dkim::detail, "what is wrong with that signature; empty if nothing", {.evidence = true}},
      policy::Field{"disputed",
                    &Dkim::disputed,
                    "signatures that libopendkim verifies and we do not: unknown, never a failure",
                    {.evidence = true}},
      policy::Field{"weak", &Dkim::weak,
                    "why a signature that verifies still does not count (\"signed with rsa-sha1\"); empty if "
                    "one does count, or none verifies"},
  };
};

bool has_word(const DkimResult& result, DkimWord word) {
  return std::any_of(result.signatures.begin(), result.signatures.end(),
                     [&](const SignatureResult& signature) { return signature.word == word; });
}

bool is_good(const SignatureResult& signature) {
  return signature.word == DkimWord::pass && !signature.partial;
}

// RFC 6008: what tells two signatures of one domain and selector apart.
bool has_a_twin(const SignatureResult& signature, const DkimResult& result) {
  return std::count_if(result.signatures.begin(), result.signatures.end(), [&](const auto& other) {
           return other.domain == signature.domain && other.selector == signature.selector;
         }) > 1;
}

// "fail d=example.org s=2026 a=rsa-sha256 body hash did not verify"
std::string line_of(const SignatureResult& signature, bool with_b) {
  std::string out(to_text(signature.word));
  if (!signature.domain.empty()) out += " d=" + signature.domain;
  if (!signature.selector.empty()) out += " s=" + signature.selector;
  if (!signature.algorithm.empty()) out += " a=" + signature.algorithm;
  if (with_b && !signature.header_b.empty()) out += " b=" + signature.header_b;
  if (!signature.reason.empty()) out += " " + signature.reason;
  return out;
}

// A signature that is no good by its means (policy) is a permanent failure too: RFC 8301 3.1.
std::string result_of(const DkimResult& result) {
  if (has_word(result, DkimWord::pass)) return "pass";
  if (has_word(result, DkimWord::fail)) return "fail";
  if (has_word(result, DkimWord::permerror) || has_word(result, DkimWord::policy)) return "permerror";
  return "none";
}

bool is_failure(const SignatureResult& signature) {
  return signature.word == DkimWord::fail || signature.word == DkimWord::permerror ||
         signature.word == DkimWord::policy;
}

const SignatureResult* worth_naming(const DkimResult& result) {
  const auto& all = result.signatures;
  auto it = std::find_if(all.begin(), all.end(), is_failure);
  if (it == all.end())
    it = std::find_if(all.begin(), all.end(), [](const auto& s) { return s.word == DkimWord::pass; });
  return it == all.end() ? nullptr : &*it;
}

std::string weakness_of(const DkimResult& result) {
  const auto& all = result.signatures;
  if (std::any_of(all.begin(), all.end(), is_good)) return {};
  const auto it = std::find_if(all.begin(), all.end(), [](const SignatureResult& signature) {
    return signature.word == DkimWord::policy || signature.word == DkimWord::pass;
  });
  return it == all.end() ? "" : it->reason;
}

// Why the first open signature is; the client's excess before all else, since nothing may hide it.
policy::Unavailable why_open(const std::vector<const SignatureResult*>& open) {
  const auto excess = std::find_if(open.begin(), open.end(), [](const SignatureResult* signature) {
    return signature->open == policy::Owner::client;
  });
  const auto& named = excess == open.end() ? *open.front() : **excess;
  return {named.reason, *named.open};
}

// What the result may be where those that are settled make it `word`, and no pass.
policy::TextList results_beside(const std::string& word) {
  if (word == "fail") return {"pass", "fail"};
  if (word == "permerror") return {"pass", "fail", "permerror"};
  return {"pass", "fail", "permerror", "none"};
}

// One good signature is enough to know the result. Without one, one of those that are open might make it.
void add_doubt(const DkimResult& result, Dkim& out) {
  std::vector<const SignatureResult*> open;
  for (const auto& signature : result.signatures)
    if (signature.open) open.push_back(&signature);
  if (open.empty()) return;
  const auto why = why_open(open);
  InPart passed{.of = InPart::Of::list, .has = *out.passed.get(), .why = why};
  for (const auto* signature : open) {
    passed.anything |= signature->domain.empty();  // fields that nobody read
    if (!signature->domain.empty()) passed.may.push_back(signature->domain);
  }
  const bool good = !passed.has.empty();
  out.passed = std::move(passed);
  if (good) return;
  const auto word = result_of(result);
  if (word != "pass") out.result = InPart{.may = results_beside(word), .why = why};
  out.weak = why;
}

policy::Fields to_dkim(const DkimResult& result) {
  policy::TextList passed;
  Dkim out{.result = result_of(result), .weak = weakness_of(result)};
  for (const auto& signature : result.signatures) {
    out.signatures.push_back(line_of(signature, has_a_twin(signature, result)));
    if (is_good(signature)) passed.push_back(signature.domain);
    if (signature.disputed) ++out.disputed;
  }
  out.passed = std::move(passed);
  if (const auto* named = worth_naming(result)) {
    out.domain = named->domain;
    out.selector = named->selector;
    out.detail = named->reason;
  }
  add_doubt(result, out);
  return policy::to_fact(out);
}

bool is_signed(const Transaction& transaction) {
  return std::any_of(transaction.headers.begin(), transaction.headers.end(),
                     [](const HeaderField& field) { return is_named(field, "DKIM-Signature"); });
}

// A message with more header fields than are kept is the sender's own doing.
policy::Unavailable unseen(const Transaction& transaction) {
  if (transaction.counts.over_bounds())
    return {"DKIM: the message has more header fields than are kept", policy::Owner::client};
  return {"DKIM: the body was not seen", policy::Owner::ours};
}

// The keys are waited for together; then each signature is computed, once.
Gathered gather(const CheckInput& input, Answers& answers) {
  const auto& verifier = input.transaction.dkim;
  if (!verifier && is_signed(input.transaction)) return unseen(input.transaction);
  if (!verifier) return to_dkim({});
  for (const auto& key : verifier->keys()) answers.of(key, RecordType::txt);
  if (!input.whole || !answers.all_here()) return policy::Fields{};
  return to_dkim(verifier->finish(answers));
}

}  // namespace

extern const Check dkim_check{
    .doc = {.name = "dkim",
            .group = "dkim",
            .since = policy::Stage::message,
            .summary = "Which DKIM signatures of the message verify.",
            .doubt_reason = "dkim-temperror",
            .fields = policy::describe<Dkim>()},
    .after = {},
    .gather = gather,
};

}  // namespace milter
