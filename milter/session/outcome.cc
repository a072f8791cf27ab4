#include "milter/session/outcome.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace milter {
namespace {

// RFC 3339, UTC, milliseconds.
std::string timestamp(std::int64_t unix_millis) {
  const auto seconds = static_cast<std::time_t>(unix_millis / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_millis % 1000);
}

// "<bob@example.net> SIZE=…" -> "bob@example.net". Bytes as they came: the record's writer cleans them.
std::string bare(std::string_view path) {
  if (path.starts_with('<')) path.remove_prefix(1);
  return std::string(path.substr(0, path.rfind('>')));
}

std::string client_name(const RecordInput& record_input, const policy::FactSet& facts) {
  const auto own = facts.text("client.name");
  if (!own.empty()) return std::string(own);
  const auto& given = record_input.connection.client_name;
  return given.starts_with('[') || given == "unknown" ? "" : given;
}

std::vector<std::string> recipients(const RecordInput& record_input, const policy::Observed& observed) {
  const auto& transaction = record_input.transaction;
  std::vector<std::string> out;
  if (record_input.moment == policy::Stage::message) {
    for (const auto& recipient : observed.accepted) out.push_back(bare(recipient.path));
  } else {
    const auto resolved = observed.facts.text("recipient.address");
    out.push_back(resolved.empty() ? bare(transaction.recipient.path) : std::string(resolved));
  }
  return out;
}

// Everything but the verdict's own keys.
policy::Record blank(const RecordInput& record_input, const policy::Observed& observed) {
  const auto& [connection, transaction, snapshot, world, session, moment] = record_input;
  policy::Record record;
  record.ts = timestamp(world.clock.unix_millis());
  record.ref = transaction.ref;
  record.session = session;
  record.transaction = transaction.number;
  record.message_id = transaction.message_id;
  record.program = FIVEFIFTY_VERSION;
  record.client_port = connection.port;
  record.listener = connection.daemon_name;
  record.tls = connection.tls_version;
  record.queue_id = transaction.queue_id;
  record.host = snapshot.policy.site.name;
  record.stage = moment;
  record.policy = snapshot.policy.fingerprint;
  record.client_ip = connection.client ? connection.client->text() : "";
  record.client_name = client_name(record_input, observed.facts);
  if (!connection.helo.empty()) record.helo = connection.helo;
  record.mail_from = bare(transaction.mail_from);
  record.rcpt = recipients(record_input, observed);
  record.from_domain = std::string(observed.facts.text("from.domain"));
  if (transaction.size > 0) record.size = transaction.size;
  record.observed = observed;
  return record;
}

void say(policy::Record& record, const policy::Reply& reply, const policy::Catalogue& catalogue) {
  record.code = reply.code;
  record.enhanced = reply.enhanced;
  record.reply = reply.lines;
  if (const auto entry = catalogue.find(record.reason); entry != catalogue.end())
    record.actor = policy::to_text(entry->second.actor);
}

}  // namespace

Decision outcome(const RecordInput& record_input, const policy::Observed& observed, Decided judged) {
  Decision decision{blank(record_input, observed), std::nullopt, {}};
  auto& record = decision.record;
  record.verdict = std::move(judged.verdict);
  record.millis = std::move(judged.millis);
  record.event = policy::event_of(record.verdict);
  record.rule = record.verdict.rule;
  record.reason = record.verdict.reason;
  auto action = record.verdict.action;
  const bool monitored =
      record.event == policy::Event::would_reject || record.event == policy::Event::would_defer;
  if (monitored) {
    const auto& first = record.verdict.monitored.front();
    record.mode = policy::Mode::monitor;
    record.rule = first.rule;
    record.reason = first.reason;
    action = first.action;
  }
  if (action != policy::Action::reject && action != policy::Action::defer) return decision;
  const auto reply = policy::render(record_input.snapshot.catalogue, record.reason, action, observed.facts,
                                    {record_input.snapshot.policy.site, record.ref});
  say(record, reply, record_input.snapshot.catalogue);
  if (!monitored) decision.reply = reply;
  return decision;
}

Decision mta_reject(const RecordInput& record_input, const policy::Observed& observed) {
  Decision decision{blank(record_input, observed), std::nullopt, {}};
  const auto& refused = record_input.transaction.recipient;
  decision.record.event = policy::Event::mta_reject;
  decision.record.enhanced = refused.mta_host;
  decision.record.mta_text = refused.mta_address;
  decision.record.rcpt = {bare(refused.path)};
  return decision;
}

Decision filter_error(const RecordInput& record_input, std::string_view what) {
  policy::Observed observed;
  observed.facts.put("filter",
                     policy::Fields{{"error", policy::Unavailable{std::string(what), policy::Owner::ours}}});
  Decided judged;
  judged.verdict.action = policy::Action::defer;
  judged.verdict.reason = "filter-error";
  return outcome(record_input, observed, std::move(judged));
}

}  // namespace milter
