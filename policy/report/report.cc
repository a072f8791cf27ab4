#include "policy/report/report.h"

#include <algorithm>
#include <numeric>

#include "policy/record/tally.h"

namespace policy {
namespace {

bool is_refusal(Event event) { return event == Event::reject || event == Event::defer; }
bool would_refuse(Event event) { return event == Event::would_reject || event == Event::would_defer; }

std::string clipped(const std::string& name) { return name.substr(0, kLongestReportName); }

// Whom a refusal for an unknown recipient concerns among our own; "" when the client is a stranger.
std::string own_user(const Record& record) {
  if (!record.observed.facts.flag("client.trusted") && !record.observed.facts.flag("client.authenticated"))
    return "";
  const auto user = record.observed.facts.text("client.user");
  return user.empty() ? record.client_ip : std::string(user);
}

// The MTA's own words for it begin with the code of RFC 3463.
bool is_about_unknown_recipient(const Record& record) {
  if (record.event == Event::mta_reject) return record.mta_text.find("5.1.1") != std::string::npos;
  return record.reason == "recipient-unknown";
}

}  // namespace

std::uint64_t EventCounts::total() const { return std::accumulate(of.begin(), of.end(), std::uint64_t{0}); }

void Report::add(const Record& record) {
  if (seconds_of(record.ts)) {
    if (from.empty() || record.ts < from) from = record.ts;
    to = std::max(to, record.ts);
  }
  ++events[record.event];
  const bool stopped = is_refusal(record.event) || record.event == Event::mta_reject;
  if (!stopped && record.stage == Stage::message) ++accepted_messages;
  ++policies[record.policy];
  times.add(record);
  if (is_refusal(record.event) || would_refuse(record.event)) add_refused(record);
  add_rules(record);
  add_trouble(record);
  if (is_about_unknown_recipient(record)) add_unknown_recipient(record);
  lists.add(record);
  suspects.add(record);
}

void Report::add_unreadable(std::string why) {
  if (unreadable++ == 0) first_unreadable = std::move(why);
}

void Report::add_refused(const Record& record) {
  auto& reason = reasons[record.reason];
  ++reason[record.event];
  if (reason.ref.empty() || !would_refuse(record.event)) {
    reason.reply = record.reply;
    reason.ref = record.ref;
  }
  ++senders[clipped(sender_domain(record))][record.event];
  auto& client = clients[clipped(record.client_ip)];
  ++client[record.event];
  if (!record.client_name.empty()) client.name = clipped(record.client_name);
}

void Report::add_rules(const Record& record) {
  const auto& verdict = record.verdict;
  // An accept stays one where a monitored rule above it would have refused.
  if (!verdict.rule.empty())
    ++rules[verdict.rule][verdict.action == Action::accept ? Event::accept : record.event];
  for (const auto& monitored : verdict.monitored) {
    auto& counts =
        rules[monitored.rule];  // of one that would accept nothing is counted but that it is not idle
    if (monitored.action == Action::reject) ++counts[Event::would_reject];
    if (monitored.action == Action::defer) ++counts[Event::would_defer];
  }
  for (const auto& exception : verdict.exceptions()) ++exceptions[exception];
}

void Report::add_trouble(const Record& record) {
  const auto note = [&](const std::string& path, const Unavailable& unavailable) {
    auto& trouble = troubles[path];
    ++trouble.seen;
    if (record.event == Event::defer && group_of(record.verdict.unknown) == group_of(path))
      ++trouble.deferred;
    trouble.example = unavailable.reason;
  };
  for (const auto& group : record.observed.facts.groups()) {
    if (group.why) note(std::string(group.name), *group.why);
    for (const auto& [path, value] : group.fields)
      if (const auto* why = why_unknown(*value); why && !why->reason.empty()) note(std::string(path), *why);
  }
  if (record.event == Event::defer && category_of(*catalogue_, record.reason) == "system")
    ++own_faults[record.reason];
}

void Report::add_unknown_recipient(const Record& record) {
  ++unknown_recipients;
  if (const auto user = own_user(record); !user.empty()) ++unknown_by_user[clipped(user)];
  if (record.mail_from && record.mail_from->empty())
    for (const auto& rcpt : record.rcpt) ++bounced_to[clipped(rcpt)];
}

std::vector<std::string> never_fired(const Report& report, const Policy& policy) {
  std::vector<std::string> out;
  for (const auto& rule : policy.rules)
    if (rule.at.line > 0 && !report.rules.find(rule.id)) out.push_back(rule.id);
  return out;
}

std::vector<std::string> never_used_exceptions(const Report& report, const Policy& policy) {
  std::vector<std::string> out;
  for (const auto& exception : policy.exceptions)
    if (!report.exceptions.find(exception.id)) out.push_back(exception.id);
  return out;
}

std::string_view category_of(const Catalogue& catalogue, std::string_view reason) {
  const auto found = catalogue.find(reason);
  return found == catalogue.end() ? std::string_view{} : std::string_view(found->second.category);
}

}  // namespace policy
