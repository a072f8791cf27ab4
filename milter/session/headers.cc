#include "milter/session/headers.h"

#include "milter/auth/authentication_results.h"
#include "milter/auth/claimed_results.h"
#include "milter/auth/dkim/verify.h"
#include "milter/mail/from_field.h"

namespace milter {
namespace {

constexpr const char* kResults = "Authentication-Results";

// Trusted and authenticated clients are never judged, so nothing is claimed of their mail.
bool judged(const policy::FactSet& facts) {
  return !facts.flag("client.trusted") && !facts.flag("client.authenticated");
}

}  // namespace

std::int64_t octets_of(const HeaderField& field) {
  const auto& value = field.value;
  auto octets = field.name.size() + value.size() + 3;  // ":" and CRLF
  for (std::size_t i = 0; i < value.size(); ++i)
    if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r')) ++octets;  // MTAs hand on folds as LF
  return static_cast<std::int64_t>(octets);
}

void count(const HeaderField& field, std::string_view authserv_id, HeaderCounts& counts) {
  ++counts.fields;
  counts.octets += octets_of(field);
  if (is_named(field, "From")) ++counts.from;
  if (is_named(field, "Received")) ++counts.received;
  if (!is_named(field, kResults)) return;
  ++counts.results;
  if (!claims_authserv_id(field.value, authserv_id)) return;
  ++counts.claims;
  if (counts.claimed.size() < kMostRemoved) counts.claimed.push_back(static_cast<int>(counts.results));
}

bool can_be_cleaned(const HeaderCounts& counts) {
  return counts.claims == static_cast<std::int64_t>(counts.claimed.size());
}

bool wants_dkim(const JudgeInput& input, const HeaderOptions& options, const policy::Observed& observed) {
  return (options.authentication_results && judged(observed.facts)) || may_need(input, "dkim", observed);
}

std::shared_ptr<DkimVerifier> verify_dkim(const JudgeInput& input) {
  const auto& transaction = input.transaction;
  if (transaction.counts.over_bounds()) return nullptr;  // a signature may cover what was not kept
  DkimVerifier::Message message{transaction.headers, {}, input.env.clock.unix_millis() / 1000};
  if (auto from = read_from(transaction.headers); !from.domain.empty())
    message.author_domains = {from.domain};
  return std::make_shared<DkimVerifier>(message);
}

std::vector<std::string> wanted_in_headers(const HeaderOptions& options, const policy::FactSet& facts) {
  if (!judged(facts)) return {};
  if (options.authentication_results) return {"ptr", "spf", "dkim", "dmarc"};
  if (options.received_spf) return {"spf"};
  return {};
}

std::vector<HeaderChange> header_changes(const std::vector<int>& claimed, const HeaderOptions& options,
                                         std::string_view authserv_id, const policy::FactSet& facts) {
  std::vector<HeaderChange> out;
  for (auto it = claimed.rbegin(); it != claimed.rend(); ++it)
    out.push_back({HeaderChange::Kind::remove, kResults, *it, ""});
  const auto insert = [&](const std::string& name, std::string value) {
    if (!name.empty() && !value.empty())
      out.push_back({HeaderChange::Kind::insert_first, name, 0, std::move(value)});
  };
  if (!judged(facts)) return out;
  if (facts.text("dmarc.disposition") == "quarantine")
    insert(options.quarantine, std::string(facts.text("dmarc.domain")) + " asks for it (DMARC)");
  if (options.received_spf) insert("Received-SPF", received_spf(facts, authserv_id));
  if (options.authentication_results) insert(kResults, authentication_results(facts, authserv_id));
  return out;
}

}  // namespace milter
