#include "milter/auth/dkim/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "milter/auth/dkim/body.h"
#include "milter/auth/dkim/candidate.h"
#include "milter/auth/dkim/key.h"
#include "milter/auth/dkim/opendkim.h"
#include "milter/auth/dkim/signature.h"

namespace milter {

struct DkimVerifier::State {
  Candidates candidates;
  std::unique_ptr<OpendkimMessage> message;  // null: nothing to verify
  CrlfBody crlf;
  // Fed only if some signature has l=.
  bool counts = false;
  CanonicalLength simple{Canonicalization::simple};
  CanonicalLength relaxed{Canonicalization::relaxed};
  std::optional<DkimResult> result;

  void add(std::string_view text);
  std::int64_t length(const DkimSignature& signature) const;  // of the canonical body
  bool is_partial(const DkimSignature& signature) const;
  bool is_short(const DkimSignature& signature) const;
  void judge(Candidate& candidate, OpendkimMessage::Verdict verdict) const;
  void verify(Answers& answers);
};

namespace {

using Verdict = OpendkimMessage::Verdict;

// The key's record for the library; "" when there is none, and the candidate is settled.
std::string fetch_key(Candidate& candidate, Answers& answers) {
  const auto* outcome = answers.of(candidate.signature.key_name(), RecordType::txt);
  if (!outcome) throw std::logic_error("DKIM: a key is waited for still");
  if (!*outcome) {
    candidate.settle(DkimWord::temperror, outcome->error().detail);
    return {};
  }
  auto key = choose_key(**outcome, candidate.signature);
  if (!key) {
    candidate.settle(DkimWord::permerror, std::move(key.error()));
    return {};
  }
  candidate.weakness = std::move(key->weakness);
  candidate.testing = key->testing;
  return std::move(key->record);
}

std::string failure(Verdict verdict) {
  switch (verdict) {
    case Verdict::bad_body_hash:
      return "body hash did not verify";
    case Verdict::short_body:
      return "the body is shorter than the tag l says";
    case Verdict::bad_signature:
    case Verdict::verified:
    case Verdict::refused:
    case Verdict::not_checked:
    case Verdict::broken:
      break;
  }
  return "signature did not verify";
}

void settle_failed(Candidate& candidate, Verdict verdict) {
  // RFC 6376 3.6.1, t=y: "MUST NOT treat messages from Signers in testing mode differently from unsigned
  // email, even should the signature fail to verify".
  if (candidate.testing)
    candidate.settle(DkimWord::neutral, failure(verdict) + ", with a key in test mode");
  else
    candidate.settle(DkimWord::fail, failure(verdict));
}

// A key in test mode that verifies: by the letter of RFC 6376 the message is as if unsigned; everybody else
// takes it for a pass. We do too: it can only spare mail from being refused.
void settle_verified(Candidate& candidate, bool partial) {
  // RFC 8301 3.1: rsa-sha1 is never valid.
  if (candidate.signature.algorithm == SigningAlgorithm::rsa_sha1)
    candidate.weakness = "signed with rsa-sha1";
  if (!candidate.weakness.empty()) {
    candidate.settle(DkimWord::policy, candidate.weakness);
    return;
  }
  candidate.settle(DkimWord::pass, candidate.testing ? "the key is in test mode" : "");
  candidate.result.partial = partial;
  if (partial) candidate.result.reason = "only the first part of the body is signed";
}

}  // namespace

void DkimVerifier::State::add(std::string_view text) {
  message->body(text);
  if (!counts) return;
  simple.add(text);
  relaxed.add(text);
}

std::int64_t DkimVerifier::State::length(const DkimSignature& signature) const {
  return signature.body == Canonicalization::simple ? simple.total() : relaxed.total();
}

bool DkimVerifier::State::is_partial(const DkimSignature& signature) const {
  if (!signature.body_length) return false;
  return length(signature) > *signature.body_length || crlf.has_lone_cr();  // CanonicalLength skips CRs
}

// Asked of us, since libopendkim takes 2^63 for "no length".
bool DkimVerifier::State::is_short(const DkimSignature& signature) const {
  return signature.body_length && !crlf.has_lone_cr() && length(signature) < *signature.body_length;
}

void DkimVerifier::State::judge(Candidate& candidate, Verdict verdict) const {
  const bool body_counts = verdict == Verdict::verified || verdict == Verdict::bad_body_hash;
  if (verdict == Verdict::broken)
    candidate.settle(DkimWord::temperror, "libopendkim could not process the message");
  else if (is_short(candidate.signature))
    settle_failed(candidate, Verdict::short_body);
  else if (verdict == Verdict::refused)
    candidate.settle(DkimWord::neutral, "libopendkim does not take the signature");
  else if (body_counts && crlf.has_lone_cr() && candidate.signature.body == Canonicalization::relaxed)
    candidate.settle(DkimWord::neutral, "the body has a CR without LF, which we cannot hash");
  else if (verdict == Verdict::verified)
    settle_verified(candidate, is_partial(candidate.signature));
  else
    settle_failed(candidate, verdict);
}

void DkimVerifier::State::verify(Answers& answers) {
  add(crlf.finish());
  std::vector<Candidate*> open;
  std::vector<std::string> keys;
  for (auto& candidate : candidates.read) {
    if (!candidate.open) continue;
    open.push_back(&candidate);
    keys.push_back(fetch_key(candidate, answers));
  }
  const auto verdicts = message->finish(std::move(keys));
  for (std::size_t i = 0; i < open.size(); ++i)
    if (open[i]->open) judge(*open[i], verdicts[i]);
}

DkimVerifier::DkimVerifier(const Message& message) : state_(std::make_unique<State>()) {
  state_->candidates = read_candidates(message);
  auto& read = state_->candidates.read;
  std::size_t open = 0;
  for (auto& candidate : read) {
    if (!candidate.open) continue;
    ++open;
    state_->counts |= candidate.signature.body_length.has_value();
  }
  if (open > 0)
    state_->message = std::make_unique<OpendkimMessage>(needed_fields(message.fields, read), open);
}

DkimVerifier::~DkimVerifier() = default;

void DkimVerifier::body(std::string_view chunk) {
  if (state_->message && !state_->result) state_->add(state_->crlf.take(chunk));
}

std::vector<std::string> DkimVerifier::keys() const {
  std::vector<std::string> names;
  for (const auto& candidate : state_->candidates.read)
    if (candidate.open) names.push_back(candidate.signature.key_name());
  return names;
}

const DkimResult& DkimVerifier::finish(Answers& answers) {
  auto& state = *state_;
  if (state.result) return *state.result;
  if (state.message) state.verify(answers);
  state.result.emplace();
  for (auto& candidate : state.candidates.read)
    state.result->signatures.push_back(std::move(candidate.result));
  if (state.candidates.unread > 0)
    state.result->signatures.push_back(
        {.word = DkimWord::neutral,
         .reason = fmt::format("not read: {} more DKIM-Signature fields", state.candidates.unread)});
  state.message.reset();
  return *state.result;
}

std::string_view to_text(DkimWord word) {
  constexpr std::array<std::string_view, 6> kNames{"pass",      "fail",   "permerror",
                                                   "temperror", "policy", "neutral"};
  return kNames.at(static_cast<std::size_t>(word));
}

}  // namespace milter
