#include "policy/record/tally.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "policy/domain.h"

namespace policy {
namespace {

bool was_accepted(const Record& record) {
  return record.event != Event::mta_reject && record.verdict.action != Action::reject &&
         record.verdict.action != Action::defer;
}

bool is_newly_stopped(Change change) {
  return change == Change::newly_refused || change == Change::newly_deferred;
}

bool is_at_rcpt(const Record& record) { return moment_of(record.stage) == Stage::rcpt; }

// Messages that wait for an earlier part of the log: as many as a part of it can hold and more.
constexpr std::size_t kMostWaiting = 10'000;

OpenTransactions::Key key_of(const Record& record) {
  return std::hash<std::string>()(record.session) * 31 + static_cast<std::uint64_t>(record.transaction);
}

// Of an accept that monitored rules would have refused, the first of those rules is the one to name.
const std::string& rule_of(const Verdict& verdict) {
  return verdict.rule.empty() && !verdict.monitored.empty() ? verdict.monitored.front().rule : verdict.rule;
}

void append_up_to(std::vector<std::string>& refs, const std::vector<std::string>& more) {
  for (const auto& ref : more)
    if (refs.size() < kMostExamples) refs.push_back(ref);
}

template <class T, class F>
void merge_into(Bounded<T>& all, const Bounded<T>& later, F add) {
  for (const auto& [name, counts] : later.all()) add(all[name], counts);
  add(all.others(), later.others());
}

// One less of what has been counted under a name, or under others where there was no room for it.
template <class T, class F>
void lower(Bounded<T>& all, std::string_view name, F count_of) {
  auto& here = count_of(all[name]);
  --(here > 0 ? here : count_of(all.others()));
}

constexpr auto kAdd = [](auto& sum, const auto& more) { sum.add(more); };
constexpr auto kSum = [](std::uint64_t& sum, std::uint64_t more) { sum += more; };

}  // namespace

std::uint64_t ChangeCounts::changed() const {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < of.size(); ++i)
    if (is_change(static_cast<Change>(i))) out += of[i];
  return out;
}

void ChangeCounts::add(const ChangeCounts& other) {
  std::transform(of.begin(), of.end(), other.of.begin(), of.begin(), std::plus<>());
}

void DomainChanges::add(const DomainChanges& other) {
  counts.add(other.counts);
  aligned += other.aligned;
  append_up_to(aligned_refs, other.aligned_refs);
  append_up_to(refs, other.refs);
}

std::string sender_domain(const Record& record) {
  if (!record.mail_from) return "(none)";
  if (record.mail_from->empty()) return "<>";
  const auto at = record.mail_from->rfind('@');
  const auto name =
      at == std::string::npos ? "" : normal_name(std::string_view(*record.mail_from).substr(at + 1));
  return name.empty() ? "(none)" : name;
}

void ReplayTally::add(const Record& record, const Replayed& replayed) {
  const auto change = replayed.change;
  const bool accepted = was_accepted(record);
  Counted counted{change, accepted, {}, {}, {}};
  if (accepted || is_change(change)) counted.domain = sender_domain(record);
  if (is_change(change)) {
    for (const auto& part : replayed.needs) ++(change == Change::undecidable ? needs_ : differing_)[part];
    note_examples(record, replayed, counted.domain);
  }
  if (is_change(change) && change != Change::undecidable) {
    counted.rule = rule_of(replayed.now);
    if (counted.rule.empty()) counted.rule = rule_of(record.verdict);
    counted.lists = replayed.listed;
  }
  if (change == Change::newly_accepted && is_at_rcpt(record)) ++passing_rcpt_;
  count(counted);
  if (record.transaction > 0 && !is_skipped(change)) join(record, std::move(counted));
}

void ReplayTally::count(const Counted& one) {
  ++counts_[one.change];
  if (one.accepted) ++accepted_[one.domain];
  if (!is_change(one.change)) return;
  ++domains_[one.domain].counts[one.change];
  if (one.change == Change::undecidable) return;
  ++rules_[one.rule][one.change];
  for (const auto& list : one.lists) ++lists_[list][one.change];
}

void ReplayTally::take_back(const Counted& one) {
  --counts_[one.change];
  if (one.accepted)
    lower(
        accepted_, one.domain, [](auto& count) -> auto& { return count; });
  if (!is_change(one.change)) return;
  const auto of = [&](auto& counts) -> auto& { return counts[one.change]; };
  lower(
      domains_, one.domain, [&](auto& changes) -> auto& { return changes.counts[one.change]; });
  if (one.change == Change::undecidable) return;
  lower(rules_, one.rule, of);
  for (const auto& list : one.lists) lower(lists_, list, of);
}

void ReplayTally::note_examples(const Record& record, const Replayed& replayed, const std::string& domain) {
  if (!is_newly_stopped(replayed.change)) return;
  auto& here = domains_[domain];
  here.aligned += replayed.aligned;
  append_up_to(replayed.aligned ? here.aligned_refs : here.refs, {record.ref});
}

void ReplayTally::join(const Record& record, Counted counted) {
  const auto key = key_of(record);
  if (is_at_rcpt(record)) {
    if (!counted.accepted) return;
    const bool stops = is_newly_stopped(counted.change) || counted.change == Change::would_be_split;
    auto& recipients = open_[key];
    ++(stops ? recipients.stopped : recipients.passing);
    return;
  }
  const auto seen = open_.take(key);
  if (seen.passing > 0 || waiting_.size() >= kMostWaiting) return;
  waiting_.push_back({key, {}, std::move(counted)});
  recount(waiting_.back(), seen);
  waiting_.back().seen = seen;
}

// Once more of a message's recipients are known.
void ReplayTally::recount(const Waiting& message, const RecipientsOfOne& now) {
  if (message.seen.all_stopped() == now.all_stopped()) return;
  if (now.all_stopped()) {
    take_back(message.counted);
    ++counts_[Change::not_reached];
  } else {
    --counts_[Change::not_reached];
    count(message.counted);
  }
}

void ReplayTally::add_unreadable(std::string why) {
  if (unreadable_++ == 0) first_unreadable_ = std::move(why);
}

void ReplayTally::merge(const ReplayTally& later) {
  counts_.add(later.counts_);
  passing_rcpt_ += later.passing_rcpt_;
  if (unreadable_ == 0) first_unreadable_ = later.first_unreadable_;
  unreadable_ += later.unreadable_;
  merge_into(rules_, later.rules_, kAdd);
  merge_into(lists_, later.lists_, kAdd);
  merge_into(domains_, later.domains_, kAdd);
  merge_into(needs_, later.needs_, kSum);
  merge_into(differing_, later.differing_, kSum);
  merge_into(accepted_, later.accepted_, kSum);
  for (const auto& message : later.waiting_) {
    const auto before = open_.take(message.key);
    recount(message, {message.seen.passing + before.passing, message.seen.stopped + before.stopped});
  }
  open_.merge(later.open_);
}

RecipientsOfOne& OpenTransactions::operator[](Key key) {
  const auto [it, is_new] = all_.try_emplace(key);
  if (!is_new) return it->second;
  order_.push_back(key);
  if (order_.size() > kMostTransactions) {
    all_.erase(order_.front());
    order_.pop_front();
  }
  return all_[key];
}

RecipientsOfOne OpenTransactions::take(Key key) {
  const auto it = all_.find(key);
  if (it == all_.end()) return {};
  const auto out = it->second;
  all_.erase(it);
  return out;
}

void OpenTransactions::merge(const OpenTransactions& later) {
  for (const auto key : later.order_) {
    const auto it = later.all_.find(key);
    if (it == later.all_.end()) continue;
    auto& here = (*this)[key];
    here.passing += it->second.passing;
    here.stopped += it->second.stopped;
  }
}

std::uint64_t ReplayTally::decided() const { return counts_[Change::same] + counts_.changed(); }

std::vector<Worry> ReplayTally::worries() const {
  std::vector<Worry> out;
  for (const auto& [domain, changes] : domains_.all()) {
    if (changes.counts[Change::newly_refused] + changes.counts[Change::newly_deferred] == 0) continue;
    const auto* accepted = accepted_.find(domain);
    out.push_back({domain, changes, accepted ? *accepted : 0});
  }
  const auto weight = [](const Worry& worry) {
    return std::tuple(worry.changes.aligned, worry.accepted, worry.changes.counts[Change::newly_refused],
                      worry.changes.counts[Change::newly_deferred]);
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const Worry& a, const Worry& b) { return weight(a) > weight(b); });
  return out;
}

}  // namespace policy
