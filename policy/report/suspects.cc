#include "policy/report/suspects.h"

#include <algorithm>

#include "policy/domain.h"
#include "policy/record/tally.h"
#include "policy/report/report.h"

namespace policy {
namespace {

bool is_below_or_same(std::string_view name, std::string_view domain) {
  return same_name(name, domain) ||
         (name.size() > domain.size() && name[name.size() - domain.size() - 1] == '.' &&
          same_name(name.substr(name.size() - domain.size()), domain));
}

// Relaxed alignment without a list of public suffixes: nobody signs as a top-level domain.
bool is_related(std::string_view a, std::string_view b) {
  const auto has_dot = [](std::string_view name) { return name.find('.') != std::string_view::npos; };
  return has_dot(a) && has_dot(b) && (is_below_or_same(a, b) || is_below_or_same(b, a));
}

// The domain whose owner should have signed: that of the From field, which is known at the message's end.
std::string own_domain(const Record& record) {
  return record.from_domain.empty() ? sender_domain(record) : record.from_domain;
}

bool holds(const TextList& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// As a report names it. The null sender is everybody's: it needs something beside it.
std::string sender_of(const Record& record) {
  auto out = sender_domain(record);
  if (record.mail_from && record.mail_from->empty())
    out += " (" + (record.from_domain.empty() ? record.client_ip : record.from_domain) + ")";
  return out.substr(0, kLongestReportName);
}

// Whether SPF or DKIM says that the mail comes from the domain that it names.
bool is_proven(const Record& record) {
  return record.observed.facts.text("spf.result") == "pass" || dkim_alignment(record) != DkimAlignment::none;
}

bool is_domain(std::string_view domain) { return domain.find('.') != std::string_view::npos; }

bool is_delivery(const Record& record) {
  return record.stage == Stage::message && record.event != Event::reject && record.event != Event::defer &&
         record.event != Event::mta_reject;
}

}  // namespace

DkimAlignment dkim_alignment(const Record& record) {
  const auto& facts = record.observed.facts;
  const auto& passed = texts_of(facts, "dkim.passed");
  const auto any_passed = [&](auto matches) { return std::any_of(passed.begin(), passed.end(), matches); };
  if (holds(texts_of(facts, "dmarc.aligned_by"), "dkim")) return DkimAlignment::logged;
  const auto result = facts.text("dmarc.result");
  if (result == "pass" || result == "fail") return DkimAlignment::none;
  // Without a record of the owner's, DMARC asks nobody who vouches, but it has looked whose domain it is.
  if (const auto owner = facts.text("dmarc.org_domain"); !owner.empty())
    return any_passed([&](const auto& domain) { return is_below_or_same(domain, owner); })
               ? DkimAlignment::logged
               : DkimAlignment::none;
  return any_passed([&](const auto& domain) { return is_related(domain, own_domain(record)); })
             ? DkimAlignment::by_name
             : DkimAlignment::none;
}

void ReportSuspects::add(const Record& record) {
  note_lists(record);
  if (record.event == Event::reject || record.event == Event::would_reject)
    add_refusal(record, sender_of(record));
  if (is_delivery(record)) add_delivery(record);
}

std::vector<Doubt> ReportSuspects::doubts_about(const Record& record, const std::string& sender) const {
  // Whoever sent it, and however often: a mailbox that is not there stays so, and relaying is
  // not for strangers.
  const auto category = category_of(*catalogue_, record.reason);
  if (category == "recipient" || category == "system") return {};
  std::vector<Doubt> out;
  if (const auto alignment = dkim_alignment(record); alignment != DkimAlignment::none)
    out.push_back(alignment == DkimAlignment::logged ? Doubt::aligned : Doubt::related);
  const auto* before = accepted_.find(sender);
  // What is not proven to come from the domain says nothing of it: others forge those that are familiar.
  if (before && *before >= kFamiliar && is_proven(record)) out.push_back(Doubt::familiar);
  const auto& listed = texts_of(record.observed.facts, "dnsbl.listed");
  if (is_about_a_list(record.reason) && listed.size() == 1 && another_answered(record, listed.front()))
    out.push_back(Doubt::single_list);
  return out;
}

// Whether another blocklist said that it did not have it. The log does not tell block from allow lists, but a
// list that had anybody is none that allows.
bool ReportSuspects::another_answered(const Record& record, const std::string& list) const {
  const auto is_blocklist = [&](const std::string& id) { return id != list && holds(blocklists_, id); };
  if (record.v == 1) return std::any_of(blocklists_.begin(), blocklists_.end(), is_blocklist);
  const auto& asked = record.observed.lists;
  return std::any_of(asked.begin(), asked.end(), [&](const ListAsked& one) {
    return is_blocklist(one.list) && !one.subject.empty() && one.trouble.empty() && one.doubt.empty();
  });
}

void ReportSuspects::note_lists(const Record& record) {
  for (const auto& list : texts_of(record.observed.facts, "dnsbl.listed"))
    if (blocklists_.size() < kMostReportLists && !holds(blocklists_, list)) blocklists_.push_back(list);
}

Suspect& ReportSuspects::suspect(const std::string& sender, const std::string& reason) {
  auto& out = suspects_[sender + ' ' + reason];
  out.domain = sender;
  out.reason = reason;
  return out;
}

void ReportSuspects::add_refusal(const Record& record, const std::string& sender) {
  const auto doubts = doubts_about(record, sender);
  if (record.event == Event::reject)
    retries_.add_refusal(
        record,
        {.sender = sender, .reason = record.reason, .ref = record.ref, .is_counted = !doubts.empty()});
  if (doubts.empty()) return;
  auto& here = suspect(sender, record.reason);
  for (const auto doubt : doubts) ++here[doubt];
  ++(record.event == Event::reject ? here.refused : here.would);
  if (const auto* before = accepted_.find(sender)) here.accepted_before = *before;
  if (doubts.back() == Doubt::single_list)
    here.list = texts_of(record.observed.facts, "dnsbl.listed").front();
  if (here.refs.size() < kMostSuspectRefs) here.refs.push_back(record.ref);
}

// A login, or an address that we trust, is why it was accepted: that says nothing of strangers' mail, though
// it may come in the same name.
void ReportSuspects::add_delivery(const Record& record) {
  if (record.observed.facts.flag("client.trusted") || record.observed.facts.flag("client.authenticated"))
    return;
  for (const auto& retry : retries_.add_delivery(record)) add_retry(retry);
  if (const auto sender = sender_domain(record); is_domain(sender))
    ++accepted_[sender.substr(0, kLongestReportName)];
}

void ReportSuspects::add_retry(const Retry& retry) {
  const auto& refused = retry.refused;
  // Where the sender may have been forged, the true one's mail proves nothing.
  const bool was_unproven = category_of(*catalogue_, refused.reason) == "auth";
  const bool is_foreign = kinship(refused.client, retry.client) == Kinship::foreign;
  auto& here = suspect(refused.sender, refused.reason);
  const bool is_elsewhere = was_unproven && is_foreign;
  ++here[is_elsewhere ? Doubt::elsewhere : Doubt::retried];
  (is_elsewhere ? here.elsewhere : here.retried) = retry;
  if (refused.is_counted) return;
  ++here.refused;
  if (here.refs.size() < kMostSuspectRefs) here.refs.push_back(refused.ref);
}

std::vector<Suspect> ReportSuspects::likeliest(std::size_t most) const {
  std::vector<Suspect> out;
  for (const auto& [name, suspect] : suspects_.top(most, [](const Suspect& one) { return one.of; }))
    out.push_back(suspect);
  return out;
}

}  // namespace policy
