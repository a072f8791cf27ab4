#include "policy/report_suspects.h"

#include <algorithm>

#include "policy/domain.h"
#include "policy/replay_tally.h"
#include "policy/report.h"

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

bool is_about_a_list(std::string_view reason) {
  return reason == "dnsbl-listed" || reason == "domain-listed";
}

bool is_domain(std::string_view domain) { return domain.find('.') != std::string_view::npos; }

bool is_delivery(const Record& record) {
  return record.stage == Stage::message && record.event != Event::reject && record.event != Event::defer &&
         record.event != Event::mta_reject;
}

// How a retry is known: by sender and recipient.
std::size_t way_of(const Record& record, const std::string& rcpt) {
  return std::hash<std::string>()(lower(*record.mail_from + '\n' + rcpt));
}

// Where the sender may have been forged, the true one's mail proves nothing: only a retry of the same client
// does.
std::size_t proven_way_of(const Record& record, const std::string& rcpt) {
  return std::hash<std::string>()(lower(*record.mail_from + '\n' + rcpt + '\n' + record.client_ip));
}

}  // namespace

bool has_aligned_signature(const Record& record) {
  const auto& by = texts_of(record.facts, "dmarc.aligned_by");
  if (std::find(by.begin(), by.end(), "dkim") != by.end()) return true;
  const auto sender = sender_domain(record);
  const auto& passed = texts_of(record.facts, "dkim.passed");
  return std::any_of(passed.begin(), passed.end(), [&](const std::string& domain) {
    return is_related(domain, record.from_domain) || is_related(domain, sender);
  });
}

void ReportSuspects::add(const Record& record) {
  const auto domain = sender_domain(record);
  if (record.event == Event::reject || record.event == Event::would_reject) add_refusal(record, domain);
  if (is_delivery(record)) add_delivery(record, domain);
}

std::vector<Doubt> ReportSuspects::doubts_about(const Record& record, const std::string& domain) const {
  // Whoever sent it, and however often: a mailbox that is not there stays so, and relaying is not for
  // strangers.
  const auto category = category_of(*catalogue_, record.reason);
  if (category == "recipient" || category == "system") return {};
  std::vector<Doubt> out;
  if (has_aligned_signature(record)) out.push_back(Doubt::aligned);
  const auto* before = accepted_.find(domain);
  // What SPF or DMARC refused is not proven to come from the domain: others forge those that are familiar.
  if (before && *before >= kFamiliar && category != "auth") out.push_back(Doubt::familiar);
  if (is_about_a_list(record.reason) && texts_of(record.facts, "dnsbl.listed").size() == 1)
    out.push_back(Doubt::single_list);
  return out;
}

Suspect& ReportSuspects::suspect(const std::string& domain, const std::string& reason) {
  auto& out = suspects_[domain + ' ' + reason];
  out.domain = domain;
  out.reason = reason;
  return out;
}

void ReportSuspects::add_refusal(const Record& record, const std::string& domain) {
  if (record.event == Event::reject) await_retry(record, domain);
  const auto doubts = doubts_about(record, domain);
  if (doubts.empty()) return;
  auto& here = suspect(domain, record.reason);
  for (const auto doubt : doubts) ++here[doubt];
  ++(record.event == Event::reject ? here.refused : here.would);
  if (const auto* before = accepted_.find(domain)) here.accepted_before = *before;
  if (here[Doubt::single_list] > 0 && texts_of(record.facts, "dnsbl.listed").size() == 1)
    here.list = texts_of(record.facts, "dnsbl.listed").front();
  if (here.refs.size() < kMostSuspectRefs) here.refs.push_back(record.ref);
}

void ReportSuspects::await_retry(const Record& record, const std::string& domain) {
  if (!record.mail_from || record.mail_from->empty())
    return;  // bounces of all the world would be one sender's
  const bool doubtful = category_of(*catalogue_, record.reason) == "auth";
  for (const auto& rcpt : record.rcpt)
    refusals_.put(doubtful ? proven_way_of(record, rcpt) : way_of(record, rcpt),
                  {domain, record.reason, record.ref});
}

void ReportSuspects::add_delivery(const Record& record, const std::string& domain) {
  if (!record.mail_from || record.mail_from->empty()) return;
  for (const auto& rcpt : record.rcpt)
    for (const auto way : {way_of(record, rcpt), proven_way_of(record, rcpt)})
      if (const auto refusal = refusals_.take(way)) add_retry(*refusal);
  if (is_domain(domain)) ++accepted_[domain];
}

void ReportSuspects::add_retry(const Refusal& refusal) {
  auto& here = suspect(refusal.domain, refusal.reason);
  ++here[Doubt::retried];
  if (std::find(here.refs.begin(), here.refs.end(), refusal.ref) != here.refs.end()) return;
  ++here.refused;
  if (here.refs.size() < kMostSuspectRefs) here.refs.push_back(refusal.ref);
}

std::vector<Suspect> ReportSuspects::likeliest(std::size_t most) const {
  std::vector<Suspect> out;
  for (const auto& [name, suspect] : suspects_.top(most, [](const Suspect& one) { return one.of; }))
    out.push_back(suspect);
  return out;
}

}  // namespace policy
