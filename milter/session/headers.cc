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

bool wants_dkim(const JudgeInput& input, const HeaderOptions& options, const policy::Observed& observed) {
  return (options.authentication_results && judged(observed.facts)) || may_need(input, "dkim", observed);
}

std::shared_ptr<DkimVerifier> verify_dkim(const JudgeInput& input) {
  const auto& transaction = input.transaction;
  if (transaction.headers_cut) return nullptr;  // a signature may cover what was not kept
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

std::vector<HeaderChange> header_changes(const std::vector<HeaderField>& headers,
                                         const HeaderOptions& options, std::string_view authserv_id,
                                         const policy::FactSet& facts) {
  std::vector<HeaderChange> out;
  for (const int occurrence : forged_results(headers, authserv_id))
    out.push_back({HeaderChange::Kind::remove, kResults, occurrence, ""});
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
