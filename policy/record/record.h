// One decision as it is logged, and read back for replay and explain: one JSON line. Pure; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/observed.h"
#include "policy/reply/reply.h"
#include "policy/verdict.h"

namespace policy {

// The outcome of a decision, as the log names it. For ever.
enum class Event { accept, reject, defer, would_reject, would_defer, mta_reject };
std::string_view to_text(Event event);  // "accept" … "would-reject" … "mta-reject"

// What this program writes. Version 1 had no observations: its facts are those of the policy that decided.
inline constexpr int kRecordVersion = 2;

// Flat keys first, in this order, all always present (null when not known); then facts, unavailable,
// in_part, observed, verdict, trace, monitored, exceptions, millis, dropped, truncated. Reading ignores keys
// it does not know.
struct Record {
  int v = kRecordVersion;
  std::string ts;  // RFC 3339 UTC with milliseconds
  Event event = Event::accept;
  std::string ref;         // what the reply prints
  std::string session;     // one per connection
  int transaction = 0;     // of the session, the first is 1: joins a message to its recipients. 0: not known
  std::string queue_id;    // "" until the MTA has one
  std::string message_id;  // of the header field, without its brackets; "" is none, or not seen yet
  std::string host;        // site.name, or the host's own
  Stage stage = Stage::rcpt;
  std::string reason;  // catalogue id; "" for an accept
  std::optional<int> code;
  std::string enhanced;
  std::vector<std::string> reply;  // the text lines without codes
  std::string actor;
  Mode mode = Mode::enforce;
  std::string rule;
  std::string policy;   // fingerprint
  std::string program;  // version of the program that decided
  std::string client_ip;
  int client_port = 0;  // 0: not known
  std::string client_name;
  std::string listener;                        // which of the MTA's ports took the connection
  std::string tls;                             // protocol version; "" is a connection in the clear
  std::optional<std::string> helo, mail_from;  // mail_from "" is the null sender
  std::vector<std::string> rcpt;               // one at rcpt, all accepted ones at message
  std::string from_domain;
  std::optional<std::int64_t> size;
  std::string mta_text;  // event mta-reject: what the MTA said
  Observed observed;     // with the derived facts, as the policy that decided had them
  Verdict verdict;  // what decide() said; of a monitored rule, reason and rule above are what would have been
  std::map<std::string, std::int64_t> millis;  // measured, never a fact: "dns", "total", a check's name
  // Of a record that was read: what its line had no room for ("trace", "observed.accepted", "facts"), and whether
  // anything was cut at a bound of the line.
  std::vector<std::string> dropped;
  bool truncated = false;

  bool operator==(const Record&) const = default;
};

// The event of a verdict: monitored rules make a pass or accept a would-reject or would-defer.
Event event_of(const Verdict& verdict);

// Whether the line lost this part.
bool has_dropped(const Record& record, std::string_view part);

}  // namespace policy
