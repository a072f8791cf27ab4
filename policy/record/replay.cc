#include "policy/record/replay.h"

#include <algorithm>
#include <set>

#include "policy/record/write.h"

namespace policy {
namespace {

bool is_refusal(Action action) { return action == Action::reject || action == Action::defer; }

bool same_outcome(const Verdict& a, const Verdict& b) {
  return is_refusal(a.action) == is_refusal(b.action) && a.rule == b.rule && a.reason == b.reason &&
         (!is_refusal(a.action) || a.action == b.action);
}

// What monitored rules would have done to mail that was accepted.
Change compare_monitored(const Verdict& before, const Verdict& now) {
  if (before.monitored.empty()) return now.monitored.empty() ? Change::same : Change::newly_would_refuse;
  if (now.monitored.empty()) return Change::no_longer_would_refuse;
  return before.monitored.front() == now.monitored.front() ? Change::same : Change::would_refuse_otherwise;
}

Change compare(const Verdict& before, const Verdict& now) {
  if (!is_refusal(now.action) && !is_refusal(before.action))
    return same_outcome(before, now) ? compare_monitored(before, now) : Change::accepted_otherwise;
  if (same_outcome(before, now)) return Change::same;
  if (!is_refusal(now.action)) return Change::newly_accepted;
  if (now.action == before.action) return Change::refused_otherwise;
  return now.action == Action::reject ? Change::newly_refused : Change::newly_deferred;
}

// A text at the bound may have lost its end: up to three octets less, so that no character is cut in two.
bool is_cut(const std::string& text) { return text.size() + 3 >= kLongestRecordText; }

bool is_cut(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return is_cut(*text);
  const auto* list = std::get_if<TextList>(&value);
  return list &&
         (list->size() >= kLongestRecordList ||
          std::any_of(list->begin(), list->end(), [](const std::string& text) { return is_cut(text); }));
}

// The groups that hold a value which the log's bounds may have cut.
std::vector<std::string> cut_groups(const FactSet& facts) {
  std::vector<std::string> out;
  for (const auto& [group, fact] : facts.all()) {
    const auto* fields = std::get_if<Fields>(&fact);
    if (fields &&
        std::any_of(fields->begin(), fields->end(), [](const auto& field) { return is_cut(field.second); }))
      out.push_back(group);
  }
  return out;
}

}  // namespace

std::string_view to_text(Change change) {
  constexpr std::array<std::string_view, kChanges> kTexts{"same",
                                                          "newly refused",
                                                          "newly deferred",
                                                          "newly accepted",
                                                          "refused otherwise",
                                                          "accepted otherwise",
                                                          "newly would refuse",
                                                          "no longer would refuse",
                                                          "would refuse otherwise",
                                                          "undecidable",
                                                          "refused by the mail server itself",
                                                          "faults of our own"};
  return kTexts[static_cast<std::size_t>(change)];
}

std::vector<std::string> facts_for_replay(const Policy& policy) {
  std::set<std::string> paths{"dmarc.aligned_by", "dnsbl.listed"};
  const auto add = [&](const std::vector<Condition>& when) {
    for (const auto& condition : when) {
      paths.insert(condition.path);
      if (!condition.open.empty()) paths.insert(condition.open);
    }
  };
  for (const auto& rule : policy.rules) add(rule.when);
  for (const auto& exception : policy.exceptions) add(exception.when);
  return {paths.begin(), paths.end()};
}

Replayed replay(const Record& record, const Policy& policy) {
  if (record.event == Event::mta_reject) return {Change::mta_refused, {}, {}};
  if (record.verdict.rule.empty() && is_refusal(record.verdict.action)) return {Change::filter_error, {}, {}};
  auto step = decide(policy, record.facts, moment_of(record.stage));
  if (auto* need = std::get_if<Need>(&step)) {
    if (record.facts.all().empty()) return {Change::undecidable, {}, {"facts"}};
    return {Change::undecidable, {}, std::move(need->checks)};
  }
  auto& now = std::get<Verdict>(step);
  const auto change = compare(record.verdict, now);
  if (change == Change::same) return {change, std::move(now), {}};
  auto cut = cut_groups(record.facts);
  if (cut.empty()) return {change, std::move(now), {}};
  if (record.policy == policy.fingerprint) return {Change::same, std::move(now), {}};
  return {Change::undecidable, {}, std::move(cut)};
}

}  // namespace policy
