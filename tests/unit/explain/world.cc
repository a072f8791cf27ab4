#include "tests/unit/explain/world.h"

#include <stdexcept>

#include "milter/checks/check.h"
#include "policy/decide.h"
#include "policy/derive.h"
#include "policy/load/catalogue.h"

namespace milter {

const std::string_view kPolicyText = R"(version: 1
site: {name: mx1.example.net, help: "https://postmaster.example.net/550", contact: postmaster@example.net}
domains: {local: [example.net]}
trusted: {networks: [127.0.0.0/8], authenticated: true}
recipients: {example.net: {source: file, path: recipients.txt}}
lists:
  - {id: zen, name: Spamhaus ZEN, zone: zen.spamhaus.org, codes: {127.0.0.2: {means: SBL, weight: 8}, 127.0.0.4: {means: XBL, weight: 20}}}
rules:
  - {id: friends, at: rcpt, when: {client.ip: [198.51.100.0/24]}, accept: true}
  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: relay-denied, if_unknown: defer}
  - {id: unknown-recipient, at: rcpt, when: {recipient.status: unknown}, reject: recipient-unknown, if_unknown: defer}
  - {id: blocklist, at: rcpt, when: {dnsbl.weight: ">= 8"}, reject: dnsbl-listed, if_unknown: skip}
  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}
  - {id: dmarc, at: message, when: {dmarc.disposition: reject}, reject: dmarc-reject, if_unknown: defer, mode: monitor}
exceptions:
  - {id: alumni, when: {client.ip: [203.0.113.0/24]}, skip: [spf], because: forwards for our alumni, owner: jane@example.net, expires: never}
)";

policy::Policy load(std::string_view text) {
  auto loaded =
      policy::load_policy({text, "policy.yaml"}, schema(), policy::shipped_catalogue(schema()), 1795521600);
  if (!loaded.value) throw std::invalid_argument(to_text(loaded.diagnostics.front()));
  return *std::move(loaded.value);
}

std::string replaced(std::string_view from, std::string_view to) {
  std::string out(kPolicyText);
  const auto at = out.find(from);
  if (at == std::string::npos) throw std::invalid_argument("not in the policy: " + std::string(from));
  return out.replace(at, from.size(), to);
}

policy::Observed clean() {
  policy::Observed world;
  world.facts.put(
      "client",
      policy::Fields{
          {"ip", "192.0.2.25"}, {"authenticated", false}, {"name", "mail.shop.example"}, {"fcrdns", "pass"}});
  world.facts.put(
      "spf", policy::Fields{{"result", "pass"}, {"domain", "shop.example"}, {"term", "ip4:192.0.2.0/24"}});
  world.recipient = {.path = "<bob@example.net>", .mta_address = "bob@example.net"};
  world.recipient->answer = policy::SourceAnswer{"file:recipients.txt", "known", {}};
  world.lists = {{.list = "zen",
                  .zone = policy::zone_hash("zen.spamhaus.org", {"mx1.example.net"}),
                  .subject = "192.0.2.25"}};
  return world;
}

policy::Observed clean_message() {
  auto world = clean();
  world.accepted = {*world.recipient};
  world.dmarc_mode = "treewalk";
  world.facts.put("message", policy::Fields{{"size", std::int64_t{1234}}});
  world.facts.put("dmarc", policy::Fields{{"result", "pass"},
                                          {"disposition", "none"},
                                          {"domain", "shop.example"},
                                          {"aligned_by", policy::TextList{"dkim"}}});
  return world;
}

policy::Record decided(const policy::Policy& policy, policy::Observed world, policy::Stage moment) {
  policy::derive(policy, {"mx1.example.net"}, world);
  const auto step = policy::decide(policy, world.facts, moment);
  if (const auto* need = std::get_if<policy::Need>(&step))
    throw std::invalid_argument("needs " + need->checks.front());
  policy::Record record{.ts = "2026-11-24T12:00:00.000Z",
                        .ref = "7K2M9QXA",
                        .session = "S0001",
                        .host = "mx1.example.net",
                        .stage = moment,
                        .policy = policy.fingerprint,
                        .client_ip = "192.0.2.25",
                        .client_name = "mail.shop.example",
                        .helo = "mail.shop.example",
                        .mail_from = "alice@shop.example",
                        .rcpt = {"bob@example.net"},
                        .observed = std::move(world),
                        .verdict = std::get<policy::Verdict>(step)};
  const auto& verdict = record.verdict;
  record.event = event_of(verdict);
  record.rule = verdict.rule;
  record.reason = verdict.reason;
  auto action = verdict.action;
  if (record.event == policy::Event::would_reject || record.event == policy::Event::would_defer) {
    record.mode = policy::Mode::monitor;
    record.rule = verdict.monitored.front().rule;
    record.reason = verdict.monitored.front().reason;
    action = verdict.monitored.front().action;
  }
  if (record.reason.empty()) return record;
  const auto& catalogue = policy::shipped_catalogue(schema());
  const auto reply =
      render(catalogue, record.reason, action, record.observed.facts, {policy.site, record.ref});
  record.code = reply.code;
  record.enhanced = reply.enhanced;
  record.reply = reply.lines;
  record.actor = to_text(catalogue.find(record.reason)->second.actor);
  return record;
}

policy::Observed with(policy::Observed world, std::string_view path, policy::Value value) {
  world.facts.put(policy::group_of(path),
                  policy::Fields{{std::string(policy::field_of(path)), std::move(value)}});
  return world;
}

policy::Observed with_zen(policy::Observed world, policy::TextList addresses) {
  world.lists.front().addresses = std::move(addresses);
  return world;
}

policy::Observed for_recipient(policy::Observed world, const std::string& path) {
  world.recipient = {.path = path};
  return world;
}

}  // namespace milter
