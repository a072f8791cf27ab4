// The conversation with an MTA over one connection: what it may say, and what we answer. It knows neither sockets nor
// libmilter: what carries it hands each command on and sends the answers.
//
// Exceptions end here: a fault of ours defers the mail with 451 4.3.0, it never refuses it. Where a command has no
// answer the fault is kept for the next that has one. Nothing here waits: where a decision lacks answers of the world
// the command's answer is a Waiting, to be followed by resume().
//
// One command at a time; not thread-safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "milter/log/sink.h"
#include "milter/session/session.h"
#include "milter/smtp/guard.h"
#include "milter/smtp/terms.h"
#include "policy/address.h"

namespace milter {

// The MTA at the other end, while one of its commands is answered.
class Mta {
 public:
  virtual ~Mta() = default;
  // Null: not sent. `name` as the protocol has it: "i", "{auth_authen}".
  virtual const char* macro(const char* name) = 0;
  // The same, and the next command knows nothing of it unless it brings it again: what was said of one
  // recipient must not be taken for a word on the next.
  virtual std::optional<std::string> take(const char* name) = 0;
  // At the end of an accepted message. False: the MTA cannot.
  virtual bool edit(const HeaderChange& change) = 0;
};

// What goes to the MTA.
struct Nothing {};  // this command has no answer (Terms::has_answer)
struct GoOn {};
struct TempFail {};  // the MTA's own words for 4xx: we have no memory left for ours
using Answer = std::variant<Nothing, GoOn, TempFail, policy::Reply>;
// Waiting: none yet; the MTA sends nothing before it has one.
using AnswerStep = std::variant<Answer, Waiting>;

class Conversation {
 public:
  // References outlive it.
  Conversation(std::shared_ptr<const Snapshot> snapshot, const World& world, LogSink& log);

  void begin(const Terms& terms) { terms_ = terms; }  // what was agreed on, before the first command
  const Terms& terms() const { return terms_; }

  // `client`: empty where the MTA has no address, as for a client on a unix socket. `port`: 0 is not known.
  // `name`: as the MTA calls it.
  Answer connect(Mta& mta, std::optional<policy::Address> client, int port, std::string_view name) noexcept;
  Answer helo(Mta& mta, std::string_view name) noexcept;
  Answer mail(Mta& mta, std::string_view path) noexcept;
  AnswerStep rcpt(Mta& mta, std::string_view path) noexcept;
  Answer header(std::string_view name, std::string_view value) noexcept;  // the value as the MTA sent it
  Answer end_of_headers(Mta& mta) noexcept;
  Answer body(std::string_view chunk) noexcept;
  AnswerStep end_of_message(Mta& mta) noexcept;
  // Goes on with the decision that waits. REQUIRES one; too early does no harm.
  AnswerStep resume(Mta& mta) noexcept;
  void abort() noexcept;  // the message is over or given up

  // Ends the decision that waits because the carrier could not wait for it.
  Answer fault(std::string_view what) noexcept;

 private:
  template <class Body>
  AnswerStep answer(policy::Stage stage, Body body) noexcept;
  template <class Body>
  Answer listen(Command command, Scope scope, Body body) noexcept;
  AnswerStep enact(Mta& mta, SessionStep step);
  void note_queue_id(Mta& mta);
  void say_what_the_mta_lacks(Mta& mta);
  void say_whom_we_cannot_see();

  Session session_;
  LogSink& log_;
  Terms terms_;
  Guard guard_;
  policy::Stage deciding_ = policy::Stage::rcpt;  // of the last decision
};

}  // namespace milter
