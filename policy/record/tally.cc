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

// Mail that its own domain vouched for: to refuse it is most likely a mistake.
bool is_aligned(const FactSet& facts) {
  const auto* by = facts.value("dmarc.aligned_by");
  const auto* list = by ? std::get_if<TextList>(by) : nullptr;
  return list && std::find(list->begin(), list->end(), "dkim") != list->end();
}

bool is_newly_stopped(Change change) {
  return change == Change::newly_refused || change == Change::newly_deferred;
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
  ++counts_[change];
  const bool accepted = was_accepted(record);
  if (!accepted && !is_change(change)) return;
  const auto domain = sender_domain(record);
  if (accepted) ++accepted_[domain];
  if (!is_change(change)) return;
  for (const auto& check : replayed.needs) ++needs_[check];
  auto& here = domains_[domain];
  ++here.counts[change];
  if (is_newly_stopped(change)) {
    const bool aligned = is_aligned(record.facts);
    here.aligned += aligned;
    append_up_to(aligned ? here.aligned_refs : here.refs, {record.ref});
  }
  if (change == Change::undecidable) return;
  const auto& rule = rule_of(replayed.now);
  ++rules_[rule.empty() ? rule_of(record.verdict) : rule][change];
  const auto* listed = record.facts.value("dnsbl.listed");
  if (const auto* lists = listed ? std::get_if<TextList>(listed) : nullptr)
    for (const auto& list : *lists) ++lists_[list][change];
}

void ReplayTally::add_unreadable(std::string why) {
  if (unreadable_++ == 0) first_unreadable_ = std::move(why);
}

void ReplayTally::merge(const ReplayTally& later) {
  counts_.add(later.counts_);
  if (unreadable_ == 0) first_unreadable_ = later.first_unreadable_;
  unreadable_ += later.unreadable_;
  merge_into(rules_, later.rules_, kAdd);
  merge_into(lists_, later.lists_, kAdd);
  merge_into(domains_, later.domains_, kAdd);
  merge_into(needs_, later.needs_, kSum);
  merge_into(accepted_, later.accepted_, kSum);
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
