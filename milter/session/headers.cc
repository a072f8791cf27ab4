#include "milter/session/headers.h"

#include <algorithm>

#include "milter/auth/authentication_results.h"
#include "milter/auth/claimed_results.h"
#include "milter/auth/dkim/verify.h"
#include "milter/mail/from_field.h"

namespace milter {
namespace {

constexpr const char* kResults = "Authentication-Results";
constexpr const char* kReceivedSpf = "Received-SPF";

// `number`: of the field among those of its name.
void note_claim(std::int64_t number, std::vector<int>& claimed, HeaderCounts& counts) {
  ++counts.claims;
  if (counts.claimed_results.size() + counts.claimed_spf.size() < kMostRemoved)
    claimed.push_back(static_cast<int>(number));
}

void remove(const char* name, const std::vector<int>& claimed, std::vector<HeaderChange>& changes) {
  for (auto it = claimed.rbegin(); it != claimed.rend(); ++it)
    changes.push_back({HeaderChange::Kind::remove, name, *it, ""});
}

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

std::string authserv_id(const HeaderOptions& options, const std::string& site_name) {
  return options.authserv_id.empty() ? site_name : options.authserv_id;
}

OurNames our_names(const HeaderOptions& options, const std::string& site_name,
                   const std::optional<policy::Address>& client) {
  const auto own = authserv_id(options, site_name);
  OurNames names{.ids = {own}, .receiver = options.received_spf ? own : ""};
  const bool relay =
      client && std::any_of(options.relays.begin(), options.relays.end(),
                            [&](const policy::Network& network) { return network.contains(*client); });
  if (!relay) names.ids.insert(names.ids.end(), options.also_ours.begin(), options.also_ours.end());
  return names;
}

void count(const HeaderField& field, const OurNames& ours, HeaderCounts& counts) {
  ++counts.fields;
  counts.octets += octets_of(field);
  if (is_named(field, "From")) ++counts.from;
  if (is_named(field, "Received")) ++counts.received;
  if (is_named(field, kResults)) {
    ++counts.results;
    if (std::any_of(ours.ids.begin(), ours.ids.end(),
                    [&](const std::string& id) { return claims_authserv_id(field.value, id); }))
      note_claim(counts.results, counts.claimed_results, counts);
  }
  if (is_named(field, kReceivedSpf)) {
    ++counts.received_spf;
    if (claims_receiver(field.value, ours.receiver))
      note_claim(counts.received_spf, counts.claimed_spf, counts);
  }
}

bool can_be_cleaned(const HeaderCounts& counts) {
  return counts.claims ==
         static_cast<std::int64_t>(counts.claimed_results.size() + counts.claimed_spf.size());
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

std::vector<HeaderChange> header_changes(const HeaderCounts& counts, const HeaderOptions& options,
                                         std::string_view own_id, const policy::FactSet& facts) {
  std::vector<HeaderChange> out;
  remove(kResults, counts.claimed_results, out);
  remove(kReceivedSpf, counts.claimed_spf, out);
  const auto insert = [&](const std::string& name, std::string value) {
    if (!name.empty() && !value.empty())
      out.push_back({HeaderChange::Kind::insert_first, name, 0, std::move(value)});
  };
  if (!judged(facts)) return out;
  if (facts.text("dmarc.disposition") == "quarantine")
    insert(options.quarantine, std::string(facts.text("dmarc.domain")) + " asks for it (DMARC)");
  if (options.received_spf) insert(kReceivedSpf, received_spf(facts, own_id));
  if (options.authentication_results) insert(kResults, authentication_results(facts, own_id));
  return out;
}

}  // namespace milter
