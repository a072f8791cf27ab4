#include "policy/record/replay.h"

#include <algorithm>
#include <set>

#include "policy/kind.h"
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
  if (now.reason == kSplit) return Change::would_be_split;
  if (now.action == before.action) return Change::refused_otherwise;
  return now.action == Action::reject ? Change::newly_refused : Change::newly_deferred;
}

// A text at the bound may have lost its end: up to three octets less, so that no character is cut in two.
bool is_cut(const std::string& text) { return text.size() + 3 >= kLongestRecordText; }
bool is_cut(const TextList& list) {
  return list.size() >= kLongestRecordList ||
         std::any_of(list.begin(), list.end(), [](const std::string& text) { return is_cut(text); });
}
bool is_cut(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return is_cut(*text);
  if (const auto* part = std::get_if<InPart>(&value)) return is_cut(part->has) || is_cut(part->may);
  const auto* list = std::get_if<TextList>(&value);
  return list && is_cut(*list);
}
// A log is JSON, and holds U+FFFD in place of what is no UTF-8: such an address cannot be read again as it came.
bool is_lossy(const std::string& text) {
  return is_cut(text) || text.find("\xEF\xBF\xBD") != std::string::npos;
}
bool is_cut(const RecipientAsked& recipient) {
  return is_lossy(recipient.path) || is_lossy(recipient.mta_address);
}

bool any_cut(const Observed& observed) {
  return (observed.recipient && is_cut(*observed.recipient)) ||
         std::any_of(observed.accepted.begin(), observed.accepted.end(),
                     [](const RecipientAsked& recipient) { return is_cut(recipient); });
}

// The parts of a record that the log's bounds have cut, as far as a policy reads them: groups of its facts,
// and what was observed beside them. What is derived anew may be cut in the log; version 1 has nothing to
// derive it from.
std::vector<std::string> cut_parts(const Record& record, const WantedFacts& wanted) {
  std::vector<std::string> out;
  if (record.v > 1 && any_cut(record.observed)) out.emplace_back("observed.recipient");
  if (!record.truncated) return out;
  const FactsToRead read{&wanted, record.v == 1};
  for (const auto& group : record.observed.facts.groups()) {
    const auto matters = [&](const auto& field) { return is_cut(*field.second) && read.field(field.first); };
    if (std::any_of(group.fields.begin(), group.fields.end(), matters)) out.emplace_back(group.name);
  }
  if (has_dropped(record, "observed.accepted")) out.emplace_back("observed.accepted");
  return out;
}

// Why something is not known is said in words, which may change from program to program.
bool says_the_same(const Value& a, const Value& b) {
  const auto *why_a = why_unknown(a), *why_b = why_unknown(b);
  if (a.index() != b.index()) return false;
  if (!why_a) return a == b;
  if (why_a->owner != why_b->owner || why_a->given_up != why_b->given_up) return false;
  const auto *part_a = std::get_if<InPart>(&a), *part_b = std::get_if<InPart>(&b);
  if (!part_a) return true;
  return part_a->has == part_b->has && part_a->may == part_b->may && part_a->anything == part_b->anything &&
         part_a->at_least == part_b->at_least && part_a->at_most == part_b->at_most &&
         part_a->unasked == part_b->unasked;
}

// The derived facts of a log that this program derives otherwise under the same policy.
std::vector<std::string> disagreeing(const Record& record, const Observed& now,
                                     const DerivedFields& derived) {
  std::vector<std::string> out;
  if (record.v == 1) return out;
  for (const auto& path : derived.paths()) {
    const auto *logged = record.observed.facts.value(path), *again = now.facts.value(path);
    if (!logged || (record.truncated && is_cut(*logged))) continue;
    if (!again || !says_the_same(*logged, *again)) out.emplace_back(path.text());
  }
  return out;
}

TextList listed_by(const FactSet& facts) {
  TextList out;
  for (const auto* path : {"dnsbl.listed", "dnsbl_from.listed"}) {
    const auto* value = facts.value(path);
    const auto* list = value ? std::get_if<TextList>(value) : nullptr;
    if (!list && value)
      if (const auto* part = std::get_if<InPart>(value)) list = &part->has;
    if (list) out.insert(out.end(), list->begin(), list->end());
  }
  return out;
}

// Mail that its own domain vouched for: to refuse it is most likely a mistake.
bool is_aligned(const FactSet& facts) {
  const auto* by = facts.value("dmarc.aligned_by");
  const auto* list = by ? std::get_if<TextList>(by) : nullptr;
  return list && std::find(list->begin(), list->end(), "dkim") != list->end();
}

// Whether it takes the recipients to know whom a policy splits, and they are not in the record, or not what
// this policy's source would have said of them.
bool lacks_recipient(const Record& record, const Observed& observed, const Policy& policy) {
  const auto& facts = observed.facts;
  return moment_of(record.stage) == Stage::rcpt && !facts.value("recipient.split") &&
         !facts.flag("client.trusted") && !facts.flag("client.authenticated") &&
         !kind_of(policy, facts, facts).empty();
}

std::vector<std::string> always_wanted(const Policy& policy) {
  // What derive() reads, and what a tally says of a change.
  std::set<std::string> paths{"client.ip",    "client.authenticated", "client.local", "helo.name",
                              "message.size", "dmarc.aligned_by",     "dnsbl.listed", "dnsbl_from.listed"};
  const auto add = [&](const std::vector<Condition>& when) {
    for (const auto& condition : when) paths.emplace(condition.path.text());
  };
  for (const auto& rule : policy.rules) add(rule.when);
  for (const auto& exception : policy.exceptions) add(exception.when);
  return {paths.begin(), paths.end()};
}

// Those that the same policy must derive again, and what is left of them in version 1.
std::vector<std::string> wanted_of_its_own(const DerivedFields& derived) {
  std::vector<std::string> out(derived.paths().begin(), derived.paths().end());
  out.insert(out.end(),
             {"dmarc.result", "dnsbl.codes", "dnsbl.weight", "dnsbl.allowed", "dnsbl.problems",
              "recipient.address", "recipient.domain", "message.recipients", "message.recipient_domains"});
  return out;
}

std::vector<std::string> without_derived(std::vector<std::string> paths, const DerivedFields& derived) {
  std::erase_if(paths, [&](const std::string& path) { return derived.contains(path); });
  return paths;
}

}  // namespace

std::string_view to_text(Change change) {
  constexpr std::array<std::string_view, kChanges> kTexts{
      "same",
      "newly refused",
      "newly deferred",
      "newly accepted",
      "would be split",
      "refused otherwise",
      "accepted otherwise",
      "newly would refuse",
      "no longer would refuse",
      "would refuse otherwise",
      "undecidable",
      "changed by the program",
      "not reached: all its recipients are refused before",
      "refused by the mail server itself",
      "faults of our own"};
  return kTexts[static_cast<std::size_t>(change)];
}

Replay::Replay(const Policy& policy, const Schema& schema)
    : policy_(policy),
      derived_(schema),
      wanted_(without_derived(always_wanted(policy), derived_), wanted_of_its_own(derived_),
              policy.fingerprint) {}

Replayed Replay::operator()(const Record& record) const {
  if (record.event == Event::mta_reject) return {.change = Change::mta_refused};
  if (record.verdict.rule.empty() && is_refusal(record.verdict.action))
    return {.change = Change::filter_error};
  auto observed = rederived(record, policy_, derived_);
  auto listed = listed_by(observed.facts);
  const bool aligned = is_aligned(observed.facts);
  auto out = decide_again(record, std::move(observed));
  out.listed = std::move(listed);
  out.aligned = aligned;
  return out;
}

Replayed Replay::decide_again(const Record& record, Observed observed) const {
  const auto undecidable = [](std::vector<std::string> needs) {
    return Replayed{.change = Change::undecidable, .needs = std::move(needs)};
  };
  const bool has_facts = !record.observed.facts.empty();
  auto step = decide(policy_, observed.facts, moment_of(record.stage));
  auto cut = cut_parts(record, wanted_);
  // What the bounds of the log took away the same policy had: it would say what it said.
  if (record.policy == policy_.fingerprint && !cut.empty())
    return {.change = Change::same, .now = record.verdict};
  if (auto* need = std::get_if<Need>(&step))
    return has_facts ? undecidable(std::move(need->checks)) : undecidable({"facts"});
  if (lacks_recipient(record, observed, policy_)) return undecidable({has_facts ? "recipient" : "facts"});
  auto& now = std::get<Verdict>(step);
  auto change = compare(record.verdict, now);
  if (record.policy != policy_.fingerprint) {
    if (!cut.empty()) return undecidable(std::move(cut));
    return {.change = change, .now = std::move(now)};
  }
  auto differing = disagreeing(record, observed, derived_);
  if (change != Change::same || !differing.empty()) change = Change::changed_by_program;
  return {.change = change, .now = std::move(now), .needs = std::move(differing)};
}

Replayed replay(const Record& record, const Policy& policy, const Schema& schema) {
  return Replay(policy, schema)(record);
}

}  // namespace policy
