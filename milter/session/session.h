// One connection from the MTA, from CONNECT to QUIT, with any number of messages: it keeps what SMTP told us,
// starts lookups early, and decides twice: for each recipient, and for the message at its end.
//
// It never waits. Where a decision lacks answers it says for what it waits, and goes on when it is told to: see
// finish() for who has a thread to spare. MAIL, RSET, HELO and the session's end give up a decision under way.
//
// Not thread-safe: one callback at a time. Nothing here knows libmilter; `try` and the test cases use it
// as it is.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "milter/session/judge.h"
#include "milter/session/snapshot.h"
#include "policy/address.h"
#include "policy/record/record.h"

namespace milter {

// How long a decision may wait for the world. Sendmail gives a filter 10 s a command (R:10s), Postfix 30 s;
// both also need time for the rest.
struct Budgets {
  std::chrono::milliseconds rcpt{5000};
  std::chrono::milliseconds message{8000};
};

// Headers that accepted mail gets. Empty names are switched off.
struct HeaderOptions {
  bool authentication_results = true;
  bool received_spf = false;
  std::string quarantine = "X-Fivefifty-Quarantine";  // where the domain owner asks for quarantine
  std::string authserv_id;  // in whose name results are written (RFC 8601 2.2); "": site.name of the policy
  // Other ids that no stranger may use: of our other servers, of filters behind us. From `relays`, which
  // write them, such results are kept.
  std::vector<std::string> also_ours;
  std::vector<policy::Network> relays;
};

// The world around all sessions. References outlive them; each is safe for many threads.
struct World {
  Resolver& dns;
  const Clock& clock;
  Budgets budgets;
  HeaderOptions headers;
  ListHealth* lists = nullptr;  // null: each list is asked for its test points whenever it is used
};

// An edit of an accepted message, to be made in this order.
struct HeaderChange {
  enum class Kind { remove, insert_first };
  Kind kind = Kind::insert_first;
  std::string name;
  int occurrence = 0;  // remove: which field of that name, from 1
  std::string value;   // insert_first
  bool operator==(const HeaderChange&) const = default;
};

struct Decision {
  policy::Record record;
  std::optional<policy::Reply> reply;  // to be sent; empty: go on
  std::vector<HeaderChange> headers;   // at the end of an accepted message
};

// HELOs and MAILs in a row for which questions are asked ahead: a client that has a recipient accepted
// meanwhile begins anew. Two greetings (STARTTLS) and three mails; who says MAIL and RSET for ever asks
// DNS nothing more.
inline constexpr int kMostAsksAhead = 5;

// A decision, or what it waits for: then resume() is to be called when that is answered, or at its until().
using SessionStep = std::variant<Decision, Waiting>;

class Session {
 public:
  Session(std::shared_ptr<const Snapshot> snapshot, const World& world);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  void connect(Connection connection);
  void helo(std::string_view name);  // may come again (EHLO after STARTTLS)
  // Begins a message, whatever became of the one before: Sendmail sends no ABORT after a message.
  void mail(std::string_view path, std::string_view user);
  SessionStep rcpt(RecipientCommand recipient);
  void header(HeaderField field);
  void end_of_headers();
  void body(std::string_view chunk);
  SessionStep end_of_message();
  // Goes on with the decision under way; too early does no harm. REQUIRES one.
  SessionStep resume();
  void abort();  // the message is over or given up; idempotent

  void queue_id(std::string_view id);  // as soon as the MTA has one
  Connection& connection();            // for macros that come late (TLS)
  // After an exception: the deferral that stands in for a decision, 451 4.3.0.
  Decision filter_error(policy::Stage stage, std::string_view what);

  const policy::FactSet& facts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The decision, however long it takes. Blocks; for who has a thread to spare.
Decision finish(Session& session, SessionStep step);

}  // namespace milter
