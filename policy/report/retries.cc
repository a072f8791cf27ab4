#include "policy/report/retries.h"

#include <functional>
#include <utility>

#include "policy/address.h"
#include "policy/domain.h"
#include "policy/report/time.h"

namespace policy {
namespace {

// How the sender of mail to a recipient is known again. The null sender is everybody's: it means something
// together with the client, or with the From domain, which is known at the message's end only.
std::vector<std::size_t> ways_of(const Record& record, const std::string& rcpt) {
  const auto way = [&](const std::string& sender) {
    return std::hash<std::string>()(lower(sender + '\n' + rcpt));
  };
  if (!record.mail_from) return {};
  if (!record.mail_from->empty()) return {way(*record.mail_from)};
  std::vector<std::size_t> out{way("<> client " + record.client_ip)};
  if (!record.from_domain.empty()) out.push_back(way("<> from " + record.from_domain));
  return out;
}

bool are_neighbours(std::string_view a, std::string_view b) {
  const auto one = Address::parse(a), other = Address::parse(b);
  return one && other && Network{*one, one->is_v4() ? 24 : 64}.contains(*other);
}

// "mx1.pool.example.com" -> "pool.example.com"; "" where that is no more than a top-level domain.
std::string_view parent(std::string_view name) {
  const auto dot = name.find('.');
  const auto out = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
  return out.find('.') == std::string_view::npos ? std::string_view{} : out;
}

bool have_one_owner(const Client& a, const Client& b) {
  return a.is_confirmed && b.is_confirmed && !parent(a.name).empty() &&
         same_name(parent(a.name), parent(b.name));
}

}  // namespace

Client client_of(const Record& record) {
  return {record.client_ip, record.client_name, record.observed.facts.text("client.fcrdns") == "pass"};
}

Kinship kinship(const Client& a, const Client& b) {
  if (a.ip == b.ip) return Kinship::same;
  return are_neighbours(a.ip, b.ip) || have_one_owner(a, b) ? Kinship::kin : Kinship::foreign;
}

void ReportRetries::add_refusal(const Record& record, Refusal refusal) {
  const auto time = seconds_of(record.ts);
  if (!time) return;
  refusal.time = *time;
  refusal.client = client_of(record);
  const auto shared = std::make_shared<Refusal>(std::move(refusal));
  for (const auto& rcpt : record.rcpt)
    for (const auto way : ways_of(record, rcpt))
      if (const auto gone = refusals_.put(way, shared); gone && *time - (*gone)->time <= kRetryWindow)
        ++forgotten_;
}

std::vector<Retry> ReportRetries::add_delivery(const Record& record) {
  std::vector<Retry> out;
  const auto time = seconds_of(record.ts);
  if (!time) return out;
  for (const auto& rcpt : record.rcpt)
    for (const auto way : ways_of(record, rcpt)) {
      const auto* awaited = refusals_.find(way);
      if (!awaited || *time < (*awaited)->time) continue;  // of a log that was read too late
      const auto refusal = *refusals_.take(way);
      const auto seconds = *time - refusal->time;
      if (seconds > kRetryWindow || std::exchange(refusal->was_reached, true)) continue;
      out.push_back({*refusal, client_of(record), seconds});
    }
  return out;
}

}  // namespace policy
