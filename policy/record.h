// One decision as it is logged, and read back for replay and explain: one JSON line. Pure; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/fact.h"
#include "policy/reply.h"
#include "policy/verdict.h"

namespace policy {

// The outcome of a decision, as the log names it. For ever.
enum class Event { accept, reject, defer, would_reject, would_defer, mta_reject };
std::string_view to_text(Event event);  // "accept" … "would-reject" … "mta-reject"

// How much of an accepted message's record is written.
enum class Detail { facts, brief, none };

// Bounds of a written line: a record must not grow with what a stranger sends.
inline constexpr std::size_t kLongestRecordText = 1024;   // octets of a string
inline constexpr std::size_t kLongestRecordList = 32;     // elements of a list
inline constexpr std::size_t kLongestRecord = 16 * 1024;  // octets of the line, without its end: one write(2)

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

// One line without its line end, printable ASCII: all else is escaped, invalid UTF-8 becomes U+FFFD. Strings
// and lists are cut at the bounds above. A line that is still too long loses trace, exceptions and millis,
// then facts
// ("dropped" names them), then strings are cut at 64 octets and lists at 4. Any loss sets "truncated": true.
// `accepted` brief leaves facts and trace out of accepts; none is the caller's matter and writes like brief.
std::string to_json(const Record& record, Detail accepted = Detail::facts);

// A line of any version 1 writer. The error says what is wrong with it.
tl::expected<Record, std::string> record_from_json(std::string_view line);

// The facts that a reader wants of records: paths, by group. Any thread.
class WantedFacts {
 public:
  explicit WantedFacts(const std::vector<std::string>& paths);
  // The fields wanted of a group, or null: none of it.
  const std::vector<std::string>* of(std::string_view group) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> groups_;
};

// As record_from_json, but only what a replay reads: of the flat keys v, event, ref, stage, mail_from and
// policy, the verdict, what was monitored, and the facts that are wanted. The rest stays empty; a group of
// which nothing is wanted is there without fields. Two thirds of a line are passed over unread.
tl::expected<Record, std::string> record_for_replay(std::string_view line, const WantedFacts& wanted);

}  // namespace policy
