// One decision as it is logged, and read back for replay and explain: one JSON line. Pure; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/fact.h"
#include "policy/reply/reply.h"
#include "policy/verdict.h"

namespace policy {

// The outcome of a decision, as the log names it. For ever.
enum class Event { accept, reject, defer, would_reject, would_defer, mta_reject };
std::string_view to_text(Event event);  // "accept" … "would-reject" … "mta-reject"

// Flat keys first, in this order, all always present (null when not known); then facts, verdict, trace,
// monitored, exceptions, millis, dropped, truncated. Reading ignores keys it does not know.
struct Record {
  int v = 1;
  std::string ts;  // RFC 3339 UTC with milliseconds
  Event event = Event::accept;
  std::string ref;       // what the reply prints
  std::string session;   // one per connection
  std::string queue_id;  // "" until the MTA has one
  std::string host;      // site.name
  Stage stage = Stage::rcpt;
  std::string reason;  // catalogue id; "" for an accept
  std::optional<int> code;
  std::string enhanced;
  std::vector<std::string> reply;  // the text lines without codes
  std::string actor;
  Mode mode = Mode::enforce;
  std::string rule;
  std::string policy;  // fingerprint
  std::string client_ip, client_name;
  std::optional<std::string> helo, mail_from;  // mail_from "" is the null sender
  std::vector<std::string> rcpt;  // one at rcpt (written as a string), all accepted ones at message
  std::string from_domain;
  std::optional<std::int64_t> size;
  std::string mta_text;  // event mta-reject: what the MTA said
  FactSet facts;
  Verdict
      verdict;  // what decide() said; for a monitored rule, reason and rule above are what would have been
  std::map<std::string, std::int64_t> millis;  // measured, never a fact: "dns", "total", a check's name

  bool operator==(const Record&) const = default;
};

// The event of a verdict: monitored rules make a pass or accept a would-reject or would-defer.
Event event_of(const Verdict& verdict);

}  // namespace policy
