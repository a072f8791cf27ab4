#include "milter/auth/dkim/body_hashes.h"

#include <algorithm>
#include <array>

#include "milter/auth/dkim/canonical_body.h"

namespace milter {

// One canonical form, hashed by the kinds that are wished for.
class BodyHashes::Reading {
 public:
  Reading(Canonicalization form, const std::vector<Wish>& wishes, std::vector<Found>& found)
      : wishes_(wishes), found_(found), body_(form, [this](std::string_view text) { take(text); }) {
    for (std::size_t i = 0; i < wishes.size(); ++i)
      if (wishes[i].form == form) expect(i);
    std::stable_sort(marks_.begin(), marks_.end(),
                     [&](std::size_t a, std::size_t b) { return *wishes[a].length < *wishes[b].length; });
  }

  void add(std::string_view text) { body_.add(text); }

  void finish() {
    body_.finish();
    take({});  // l=0 of an empty body
    for (const auto wish : whole_) found_[wish].digest = hash(wish)->digest();
    for (const auto wish : marks_) found_[wish].partial = total_ > *wishes_[wish].length;
    for (; next_ < marks_.size(); ++next_) found_[marks_[next_]].too_short = true;
  }

 private:
  std::optional<Hash>& hash(std::size_t wish) {
    return hashes_.at(static_cast<std::size_t>(wishes_[wish].hash));
  }

  void expect(std::size_t wish) {
    if (!hash(wish)) hash(wish).emplace(wishes_[wish].hash);
    (wishes_[wish].length ? marks_ : whole_).push_back(wish);
  }

  void take(std::string_view text) {
    for (; next_ < marks_.size(); ++next_) {
      const auto ahead = *wishes_[marks_[next_]].length - total_;
      if (ahead > static_cast<std::int64_t>(text.size())) break;
      hash_some(text.substr(0, static_cast<std::size_t>(ahead)));
      text.remove_prefix(static_cast<std::size_t>(ahead));
      found_[marks_[next_]].digest = hash(marks_[next_])->digest();
    }
    hash_some(text);
  }

  // Behind the last l=, where nobody wants the whole, octets are only counted.
  void hash_some(std::string_view text) {
    total_ += static_cast<std::int64_t>(text.size());
    if (text.empty() || (whole_.empty() && next_ == marks_.size())) return;
    for (auto& one : hashes_)
      if (one) one->add(text);
  }

  const std::vector<Wish>& wishes_;
  std::vector<Found>& found_;
  std::array<std::optional<Hash>, 2> hashes_;  // by HashKind
  std::vector<std::size_t> marks_;             // wishes with l=, the shortest first
  std::vector<std::size_t> whole_;             // wishes without
  std::size_t next_ = 0;                       // of marks_: the first that is not reached
  std::int64_t total_ = 0;                     // canonical octets so far
  CanonicalBody body_;
};

BodyHashes::BodyHashes(std::vector<Wish> wishes) : wishes_(std::move(wishes)), found_(wishes_.size()) {
  for (const auto form : {Canonicalization::simple, Canonicalization::relaxed})
    if (std::any_of(wishes_.begin(), wishes_.end(), [&](const Wish& wish) { return wish.form == form; }))
      readings_.push_back(std::make_unique<Reading>(form, wishes_, found_));
}

BodyHashes::~BodyHashes() = default;

void BodyHashes::add(std::string_view text) {
  for (auto& reading : readings_) reading->add(text);
}

std::vector<BodyHashes::Found> BodyHashes::finish() {
  for (auto& reading : readings_) reading->finish();
  return std::move(found_);
}

}  // namespace milter
