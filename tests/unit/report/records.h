// Records as a log would have them, in a few words.
#pragma once
#include "policy/record/record.h"

namespace policy {

// A decision about one recipient: alice@DOMAIN to bob@example.net from 192.0.2.25, in a session of its own.
inline Record decision(Event event, const std::string& domain, const std::string& reason = "") {
  static int made = 0;
  const auto number = std::to_string(++made);
  Record out{.ts = "2026-11-24T12:00:00.000Z",
             .event = event,
             .ref = "REF" + number,
             .session = "S" + number,
             .stage = Stage::rcpt,
             .reason = reason,
             .client_ip = "192.0.2.25",
             .mail_from = "alice@" + domain,
             .rcpt = {"bob@example.net"}};
  if (event == Event::reject || event == Event::defer) {
    out.verdict.rule = out.rule = "rule-" + reason;
    out.verdict.action = event == Event::reject ? Action::reject : Action::defer;
    out.verdict.reason = reason;
  }
  return out;
}

// A message that was accepted.
inline Record delivery(const std::string& domain) {
  auto out = decision(Event::accept, domain);
  out.stage = Stage::message;
  return out;
}

inline Record at(Record record, const std::string& ts) {
  record.ts = ts;
  return record;
}

// From another server; a name is one that DNS confirms.
inline Record through(Record record, const std::string& ip, const std::string& name = "") {
  record.client_ip = ip;
  record.client_name = name;
  if (!name.empty()) record.observed.facts.put("client", Fields{{"fcrdns", std::string("pass")}});
  return record;
}

inline Record with(Record record, std::string_view group, const Fields& fields) {
  record.observed.facts.put(group, fields);
  return record;
}

}  // namespace policy
