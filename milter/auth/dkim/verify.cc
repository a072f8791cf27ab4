#include "milter/auth/dkim/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "milter/auth/dkim/body_hashes.h"
#include "milter/auth/dkim/candidate.h"
#include "milter/auth/dkim/key.h"
#include "milter/auth/dkim/second_opinion.h"
#include "milter/auth/dkim/signed_header.h"

namespace milter {
namespace {

// A candidate under verification.
struct Work {
  std::string header_digest;
  std::size_t body_wish = 0;  // of BodyHashes
  // Failed by our reckoning, with the key for another's; "": nobody else can reckon.
  std::string other_key;
};

constexpr std::size_t kLongestOtherKey = 1023;  // libopendkim's buffer for a key record

}  // namespace

struct DkimVerifier::State {
  Candidates candidates;
  std::vector<Work> work;  // by candidate
  std::vector<std::string> keys;
  std::optional<BodyHashes> bodies;  // empty: nothing to hash
  std::optional<SecondOpinion> second;
  std::optional<DkimResult> result;

  void name_keys();
  void hash_headers(std::span<const HeaderField> fields);
  void verify(Answers& answers);
  void judge(std::size_t index, Answers& answers, const std::vector<BodyHashes::Found>& found);
  void hear_the_other();
  void give_result();
};

namespace {

std::shared_ptr<const PublicKey> refuse(Candidate& candidate, Work& work, NoKey why) {
  if (why.unread.size() <= kLongestOtherKey) work.other_key = std::move(why.unread);
  if (candidate.open) candidate.settle(DkimWord::permerror, std::move(why.problem));
  return nullptr;
}

// Null when there is none, and the candidate is settled.
std::shared_ptr<const PublicKey> fetch_key(Candidate& candidate, Work& work, Answers& answers) {
  const auto* outcome = answers.of(candidate.signature.key_name(), RecordType::txt);
  if (!outcome) throw std::logic_error("DKIM: a key is waited for still");
  if (!*outcome) {
    auto why = unavailable(outcome->error());
    candidate.settle(DkimWord::temperror, std::move(why.reason), why.owner);
    return nullptr;
  }
  auto key = choose_key(**outcome, candidate.signature);
  return key ? *key : refuse(candidate, work, std::move(key.error()));
}

// What is wrong with the signature by our reckoning, or "". The body first (RFC 6376 6.1.3): it costs nothing more.
std::string failure(const Candidate& candidate, const Work& work, const BodyHashes::Found& body,
                    const PublicKey& key) {
  const auto& signature = candidate.signature;
  if (body.too_short) return "the body is shorter than the tag l says";
  if (body.digest != signature.body_hash) return "body hash did not verify";
  if (!key.verifies(*signature.algorithm, work.header_digest, signature.value))
    return "signature did not verify";
  return {};
}

void settle_failed(Candidate& candidate, std::string reason, bool testing) {
  // RFC 6376 3.6.1, t=y: "MUST NOT treat messages from Signers in testing mode differently from unsigned
  // email, even should the signature fail to verify".
  if (testing)
    candidate.settle(DkimWord::neutral, std::move(reason) + ", with a key in test mode");
  else
    candidate.settle(DkimWord::fail, std::move(reason));
}

// A key in test mode that verifies: by the letter of RFC 6376 the message is as if unsigned; everybody else
// takes it for a pass. We do too: it can only spare mail from being refused.
void settle_verified(Candidate& candidate, const PublicKey& key, bool partial) {
  // RFC 8301 3.1: rsa-sha1 is never valid.
  const bool sha1 = candidate.signature.algorithm == SigningAlgorithm::rsa_sha1;
  if (sha1 || !key.weakness().empty()) {
    candidate.settle(DkimWord::policy, sha1 ? "signed with rsa-sha1" : key.weakness());
    return;
  }
  candidate.settle(DkimWord::pass, key.terms().testing ? "the key is in test mode" : "");
  candidate.result.partial = partial;
  if (partial) candidate.result.reason = "only the first part of the body is signed";
}

// A pass of the From domain itself: whatever the others are, From is vouched for.
bool settles_all(const Candidate& candidate) {
  return candidate.nearness == Nearness::same && candidate.result.word == DkimWord::pass &&
         !candidate.result.partial;
}

void dispute(Candidate& candidate) {
  candidate.settle(DkimWord::temperror,
                   "two verifiers disagree: libopendkim verifies it, we say: " + candidate.result.reason,
                   policy::Owner::ours);
  candidate.result.disputed = true;
}

}  // namespace

void DkimVerifier::State::name_keys() {
  for (const auto& candidate : candidates.read) {
    if (!candidate.needs_key()) continue;
    auto name = candidate.signature.key_name();
    if (std::find(keys.begin(), keys.end(), name) == keys.end()) keys.push_back(std::move(name));
  }
}

void DkimVerifier::State::hash_headers(std::span<const HeaderField> fields) {
  const SignedHeader header(fields);
  std::vector<BodyHashes::Wish> wishes;
  for (std::size_t i = 0; i < candidates.read.size(); ++i) {
    const auto& candidate = candidates.read[i];
    if (!candidate.open) continue;
    const auto& signature = candidate.signature;
    work[i] = {.header_digest = header.digest(signature, candidate.field), .body_wish = wishes.size()};
    wishes.push_back({signature.body, hash_kind(*signature.algorithm), signature.body_length});
  }
  bodies.emplace(std::move(wishes));
  second.emplace(fields, header, candidates.read);
}

void DkimVerifier::State::judge(std::size_t index, Answers& answers,
                                const std::vector<BodyHashes::Found>& found) {
  auto& candidate = candidates.read[index];
  auto& mine = work[index];
  const auto key = fetch_key(candidate, mine, answers);
  if (!key) return;
  if (!candidate.open) {
    mine.other_key = key->plain_record();  // for_others: only these read it
    return;
  }
  const auto& body = found[mine.body_wish];
  auto reason = failure(candidate, mine, body, *key);
  if (reason.empty()) {
    settle_verified(candidate, *key, body.partial);
    return;
  }
  settle_failed(candidate, std::move(reason), key->terms().testing);
  // What a weak key or SHA-1 verifies does not count, whoever verifies it.
  const bool counts = key->weakness().empty() && candidate.signature.algorithm != SigningAlgorithm::rsa_sha1;
  if (counts) mine.other_key = key->plain_record();
}

void DkimVerifier::State::hear_the_other() {
  auto& read = candidates.read;
  if (std::any_of(read.begin(), read.end(), settles_all)) return;
  std::vector<std::string> other_keys;
  for (const auto index : second->askable()) other_keys.push_back(std::move(work[index].other_key));
  if (std::all_of(other_keys.begin(), other_keys.end(), [](const auto& key) { return key.empty(); })) return;
  const auto verified = second->verified(std::move(other_keys));
  for (std::size_t i = 0; i < verified.size(); ++i)
    if (verified[i]) dispute(read[second->askable()[i]]);
}

void DkimVerifier::State::verify(Answers& answers) {
  const auto found = bodies->finish();
  bodies.reset();
  for (std::size_t i = 0; i < candidates.read.size(); ++i)
    if (candidates.read[i].needs_key()) judge(i, answers, found);
  hear_the_other();
  second.reset();
}

void DkimVerifier::State::give_result() {
  result.emplace();
  for (auto& candidate : candidates.read) result->signatures.push_back(std::move(candidate.result));
  if (candidates.unread > 0)
    result->signatures.push_back(
        {.word = DkimWord::neutral,
         .reason = fmt::format("not read: {} more DKIM-Signature fields", candidates.unread),
         .open = policy::Owner::client});
}

DkimVerifier::DkimVerifier(const Message& message) : state_(std::make_unique<State>()) {
  state_->candidates = read_candidates(message);
  state_->work.resize(state_->candidates.read.size());
  state_->name_keys();
  if (!state_->keys.empty()) state_->hash_headers(message.fields);
}

DkimVerifier::~DkimVerifier() = default;

const std::vector<std::string>& DkimVerifier::keys() const { return state_->keys; }

void DkimVerifier::body(std::string_view chunk) {
  if (!state_->bodies) return;
  state_->bodies->add(chunk);
  state_->second->body(chunk);
}

const DkimResult& DkimVerifier::finish(Answers& answers) {
  if (!state_->result) {
    if (state_->bodies) state_->verify(answers);
    state_->give_result();
  }
  return *state_->result;
}

std::string_view to_text(DkimWord word) {
  constexpr std::array<std::string_view, 6> kNames{"pass",      "fail",   "permerror",
                                                   "temperror", "policy", "neutral"};
  return kNames.at(static_cast<std::size_t>(word));
}

}  // namespace milter
