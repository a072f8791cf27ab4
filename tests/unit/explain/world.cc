#include "tests/unit/explain/world.h"

#include <stdexcept>

#include "milter/checks/check.h"
#include "policy/decide.h"
#include "policy/load/catalogue.h"

namespace milter {

const std::string_view kPolicyText = R"(version: 1
site: {name: mx1.example.net, help: "https://postmaster.example.net/550", contact: postmaster@example.net}
domains: {local: [example.net]}
trusted: {networks: [127.0.0.0/8], authenticated: true}
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

policy::FactSet clean_facts() {
  policy::FactSet facts;
  facts.put("client", policy::Fields{{"ip", "192.0.2.25"},
                                     {"trusted", false},
                                     {"authenticated", false},
                                     {"name", "mail.shop.example"},
                                     {"fcrdns", "pass"}});
  facts.put("recipient", policy::Fields{{"address", "bob@example.net"},
                                        {"domain", "example.net"},
                                        {"ours", true},
                                        {"status", "known"},
                                        {"role", false}});
  facts.put("dnsbl", policy::Fields{{"listed", policy::TextList{}}, {"weight", std::int64_t{0}}});
  facts.put("spf",
            policy::Fields{{"result", "pass"}, {"domain", "shop.example"}, {"term", "ip4:192.0.2.0/24"}});
  return facts;
}

policy::FactSet clean_message() {
  auto facts = clean_facts();
  facts.forget("recipient");
  facts.put("message", policy::Fields{{"role", false}});
  facts.put("dmarc", policy::Fields{{"result", "pass"},
                                    {"disposition", "none"},
                                    {"domain", "shop.example"},
                                    {"aligned_by", policy::TextList{"dkim"}}});
  return facts;
}

policy::Record decided(const policy::Policy& policy, const policy::FactSet& facts, policy::Stage moment) {
  const auto step = policy::decide(policy, facts, moment);
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
                        .facts = facts,
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
  const auto reply = render(catalogue, record.reason, action, facts, {policy.site, record.ref});
  record.code = reply.code;
  record.enhanced = reply.enhanced;
  record.reply = reply.lines;
  record.actor = to_text(catalogue.find(record.reason)->second.actor);
  return record;
}

policy::FactSet with(policy::FactSet facts, std::string_view path, policy::Value value) {
  facts.put(policy::group_of(path), policy::Fields{{std::string(policy::field_of(path)), std::move(value)}});
  return facts;
}

}  // namespace milter
