#include "milter/recipients/recipient_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace milter {
namespace {

std::string span(std::chrono::seconds time) {
  if (time.count() % 3600 == 0) return fmt::format("{} h", time.count() / 3600);
  return fmt::format("{} s", time.count());
}

}  // namespace

RecipientFile::RecipientFile(Settings settings, Say say)
    : settings_(std::move(settings)),
      say_(std::move(say)),
      state_(settings_.state_folder, settings_.path),
      vanished_(settings_.vanished_for) {
  trouble_ = settings_.path + ": not read yet";
  publish();
  trouble_.clear();
}

void RecipientFile::look(const Moment& now) {
  const bool first = !std::exchange(looked_, true);
  if (first) remember(now);
  look_once(now, first);
  obey_note();
  if (vanished_.expire(now.steady)) save();
  publish();
}

void RecipientFile::look_once(const Moment& now, bool first) {
  const auto look = look_at(settings_.path);
  if (!look) {
    judged_ = {};  // what comes back is read again, whatever it looks like
    change_waits_ = false;
    return trouble(look.error());
  }
  const bool anyway = now.steady - read_at_ >= kReadAnyway;
  if (*look == judged_ && !anyway) {
    change_waits_ = false;
    return;
  }
  if (first || *look == judged_ || has_settled(*look, now)) read(now);
}

bool RecipientFile::has_settled(const FileLook& look, const Moment& now) {
  if (!change_waits_ || look != candidate_) {
    change_waits_ = true;
    candidate_ = look;
    candidate_since_ = now.steady;
  }
  return now.steady - candidate_since_ >= kSettles;
}

void RecipientFile::read(const Moment& now) {
  read_at_ = now.steady;
  auto file = read_recipient_file(settings_.path);
  if (!file) return trouble(file.error());
  if (file->changed_meanwhile && list_) return;  // it settles again
  judged_ = file->look;
  change_waits_ = false;
  if (auto why = why_not_whole(file->list); !why.empty()) return trouble(why);
  const bool same = list_ && list_->digest() == file->list.digest();
  if (!trouble_.empty() && list_)
    say_(fmt::format("{}: can be used again: {} addresses", settings_.path, file->list.size()));
  trouble_.clear();
  if (!same) take(std::move(file->list), now);
}

void RecipientFile::take(AddressList list, const Moment& now) {
  const auto before = std::exchange(list_, std::make_shared<const AddressList>(std::move(list)));
  const auto change = vanished_.replace(
      [&](auto visit) {
        if (before) before->each_hash(visit);
        for (const auto hash : before ? std::vector<std::uint64_t>{} : std::exchange(remembered_, {}))
          visit(hash);
      },
      *list_, now);
  if (list_->claim_holds())
    vanished_.forget_all();
  else
    say_of(change);
  say_problems();
  save();
}

void RecipientFile::remember(const Moment& now) {
  std::string problem;
  auto state = state_.read(problem);
  if (!problem.empty()) say_(problem);
  if (!state) return;
  remembered_ = std::move(state->listed);
  for (const auto& [hash, since] : state->vanished) vanished_.restore(hash, since, now);
}

void RecipientFile::say_of(const Vanished::Change& change) const {
  if (change.newly == 0) return;
  if (!change.held)
    return say_(
        fmt::format("{}: {} addresses are gone; mail for them is deferred for {}, then they are unknown",
                    settings_.path, change.newly, span(settings_.vanished_for)));
  say_(fmt::format(
      "{}: {} of {} addresses are gone at once; mail for them is deferred until they are back. If they are "
      "deleted, end the file with the line \"# fivefifty: {} addresses\", or run: fivefifty recipients "
      "accept {}",
      settings_.path, change.gone, change.of, list_->lines(),
      patterns_.empty() ? "DOMAIN" : patterns_.front()));
}

void RecipientFile::say_problems() const {
  for (const auto& [line, what, anybody] : line_problems(*list_))
    say_(fmt::format(
        "{}:{}: {}{}", settings_.path, line, what,
        anybody ? "; until it is corrected, mailboxes that are not listed are deferred, not refused" : ""));
  for (const auto& pattern : patterns_)
    if (!list_->has_address_in(pattern) && !list_->says_none())
      say_(
          fmt::format("{}: no address in {}; mail for it is deferred. If there is none, write the line: none",
                      settings_.path, pattern));
}

// A note about contents that have yet to settle waits with them.
void RecipientFile::obey_note() {
  const auto digest = settings_.writes_state ? state_.accepted() : std::nullopt;
  if (!digest || change_waits_ || !list_) return;
  state_.forget_accepted();
  if (*digest != list_->digest())
    return say_(settings_.path +
                ": was accepted with other contents than it has; nothing is taken for deleted");
  say_(fmt::format("{}: {} addresses that were gone are deleted now, as accepted", settings_.path,
                   vanished_.size()));
  vanished_.forget_all();
  save();
}

void RecipientFile::save() {
  if (!list_ || !settings_.writes_state) return;
  auto trouble = state_.write(*list_, vanished_);
  if (trouble != state_trouble_ && !trouble.empty())
    say_(trouble + "; what vanishes from recipients' files will not be remembered over a restart");
  state_trouble_ = std::move(trouble);
}

void RecipientFile::trouble(const std::string& why) {
  auto now = settings_.path + ": " + why;
  if (now == trouble_) return;
  trouble_ = std::move(now);
  say_(trouble_ + (list_ ? "; its last good contents stay in use, and who is not among them is deferred"
                         : "; mail for its domains is deferred"));
}

void RecipientFile::publish() {
  const auto was = contents_.load();
  if (was && was->list == list_ && was->trouble == trouble_ && was->change_waits == change_waits_ &&
      was->vanished.size() == vanished_.size())
    return;
  auto now = std::make_shared<RecipientContents>();
  now->path = settings_.path;
  now->list = list_;
  now->trouble = trouble_;
  now->change_waits = change_waits_;
  now->vanished.reserve(vanished_.size());
  for (const auto& entry : vanished_.entries()) now->vanished.push_back(entry.hash);
  contents_ = std::move(now);
}

}  // namespace milter
