#include "milter/auth/dkim/second_opinion.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "milter/auth/dkim/canonical_field.h"

namespace milter {
namespace {

// What libopendkim makes a reading of the body for; a field that we do not read is one of its own.
using BodyReading = std::tuple<std::size_t, Canonicalization, HashKind, std::int64_t>;

class Choice {
 public:
  Choice(std::span<const HeaderField> fields, const SignedHeader& header,
         const std::vector<Candidate>& candidates)
      : fields_(fields), header_(header), candidates_(candidates), needed_(fields.size()) {}

  // Whether the library can be asked about this one too.
  bool add(const Candidate& candidate) {
    auto more = header_.covered(candidate.signature, candidate.field);
    more.push_back(candidate.field);
    auto readings = readings_;
    for (const auto field : more)
      if (!needed_[field] && is_signature_field(fields_[field])) readings.insert(reading_of(field));
    if (readings.size() > kMostOtherReadings) return false;
    readings_ = std::move(readings);
    for (const auto field : more) needed_[field] = true;
    return true;
  }

  bool needs(std::size_t field) const {
    // libopendkim gives up on the whole message over a signature field of 64 KB.
    return needed_[field] &&
           !(is_signature_field(fields_[field]) && fields_[field].value.size() > kLongestSignature);
  }

 private:
  BodyReading reading_of(std::size_t field) const {
    const auto it = std::find_if(candidates_.begin(), candidates_.end(),
                                 [&](const Candidate& candidate) { return candidate.field == field; });
    if (it == candidates_.end() || !it->signature.algorithm)
      return {field + 1, Canonicalization::simple, HashKind::sha256, -1};
    const auto& signature = it->signature;
    return {0, signature.body, hash_kind(*signature.algorithm), signature.body_length.value_or(-1)};
  }

  std::span<const HeaderField> fields_;
  const SignedHeader& header_;
  const std::vector<Candidate>& candidates_;
  std::vector<bool> needed_;
  std::set<BodyReading> readings_;
};

std::vector<std::size_t> nearest_first(const std::vector<Candidate>& candidates) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (candidates[i].needs_key() && candidates[i].could_align()) out.push_back(i);
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    return candidates[a].nearness < candidates[b].nearness;
  });
  return out;
}

std::string text_of(const HeaderField& field) {
  std::string out;
  append_field(out, field.name, field.value, Canonicalization::simple);
  return out;
}

}  // namespace

SecondOpinion::SecondOpinion(std::span<const HeaderField> fields, const SignedHeader& header,
                             const std::vector<Candidate>& candidates) {
  Choice choice(fields, header, candidates);
  for (const auto index : nearest_first(candidates))
    if (choice.add(candidates[index])) askable_.push_back(index);
  if (askable_.empty()) return;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!choice.needs(i)) continue;
    const auto it = std::find_if(askable_.begin(), askable_.end(),
                                 [&](std::size_t index) { return candidates[index].field == i; });
    const int signature = it == askable_.end() ? -1 : static_cast<int>(it - askable_.begin());
    fields_.push_back({text_of(fields[i]), signature});
  }
}

SecondOpinion::~SecondOpinion() = default;

void SecondOpinion::start() {
  library_ = std::make_unique<OpendkimMessage>(fields_, askable_.size());
  library_->body(crlf_.take(kept_));
  kept_ = {};
}

void SecondOpinion::body(std::string_view text) {
  if (askable_.empty()) return;
  if (!library_ && kept_.size() + text.size() <= kKeptBody) {
    kept_ += text;
    return;
  }
  if (!library_) start();
  library_->body(crlf_.take(text));
}

std::vector<bool> SecondOpinion::verified(std::vector<std::string> keys) {
  if (!library_) start();
  library_->body(crlf_.finish());
  std::vector<bool> out;
  for (const auto verdict : library_->finish(std::move(keys)))
    out.push_back(verdict == OpendkimMessage::Verdict::verified);
  return out;
}

}  // namespace milter
