#include "milter/smtp/conversation.h"

#include <fmt/format.h>

#include <mutex>
#include <set>
#include <stdexcept>

#include "milter/checks/hidden_client.h"
#include "milter/log/say.h"
#include "policy/reply/clean.h"

namespace milter {
namespace {

constexpr std::size_t kMostSaid = 64;  // sentences may name clients

// Once a sentence and process: an administrator reads it once and acts, or not.
void say_once(const std::string& sentence) {
  static std::mutex mutex;
  static std::set<std::string> said;
  const std::scoped_lock lock(mutex);
  if (said.size() < kMostSaid && said.insert(sentence).second) say(sentence);
}

std::string cut(std::string_view text) { return std::string(text.substr(0, kLongestWireText)); }

std::string macro(Mta& mta, const char* name) {
  const char* value = mta.macro(name);
  return value ? cut(value) : "";
}

// Of this command alone.
std::string own_macro(Mta& mta, const char* name) { return cut(mta.take(name).value_or("")); }

// `loss`: what is missing without it.
void say_that_it_is_missing(const char* name, const char* loss) {
  say_once(fmt::format("warning: the MTA does not send the macro {}: {}", name, loss));
}

std::string expected_own_macro(Mta& mta, const char* name, const char* loss) {
  const auto value = mta.take(name);
  if (!value) say_that_it_is_missing(name, loss);
  return cut(value.value_or(""));
}

// x.y.z alone: the MTA has refused this recipient. The mailer "error" by itself does not say so: Postfix
// names it for virtual aliases that it accepts, with a longer text as host.
bool is_bare_status(std::string_view host) {
  return host.size() >= 5 && (host[0] == '4' || host[0] == '5') && host[1] == '.' &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

RecipientCommand recipient_of(Mta& mta, std::string_view path) {
  RecipientCommand out;
  out.path = cut(path);
  out.mta_address =
      expected_own_macro(mta, "{rcpt_addr}", "route tricks in recipients are resolved by our own parser");
  out.mta_mailer =
      expected_own_macro(mta, "{rcpt_mailer}", "recipients that the MTA refused cannot be told apart");
  out.mta_host = own_macro(mta, "{rcpt_host}");
  out.refused_by_mta = out.mta_mailer == "error" && is_bare_status(out.mta_host);
  return out;
}

// Not even a record or words of ours: memory is short.
Answer plain_deferral() noexcept {
  try {
    return policy::Reply{451, "4.3.0", {"Temporary trouble here; please try again later."}, true};
  } catch (...) {
    return TempFail{};
  }
}

}  // namespace

Conversation::Conversation(std::shared_ptr<const Snapshot> snapshot, const World& world, LogSink& log)
    : session_(std::move(snapshot), world), log_(log) {}

// A fault, its own or one kept from before, defers.
template <class Body>
AnswerStep Conversation::answer(policy::Stage stage, Body body) noexcept {
  deciding_ = stage;
  return guard_.answer(body, [&](const std::string& what) -> AnswerStep { return fault(what); });
}

template <class Body>
Answer Conversation::listen(Command command, Scope scope, Body body) noexcept {
  guard_.listen(scope, body);
  if (terms_.has_answer(command)) return GoOn{};
  return Nothing{};
}

// The record first, then the reply: whoever calls about a reference finds it in the log.
AnswerStep Conversation::enact(Mta& mta, SessionStep step) {
  if (auto* waiting = std::get_if<Waiting>(&step)) return std::move(*waiting);
  auto& decision = std::get<Decision>(step);
  for (auto& change : decision.headers) {
    if (terms_.keeps_header_space() && change.kind == HeaderChange::Kind::insert_first)
      change.value.insert(0, " ");
    if (!mta.edit(change)) throw std::runtime_error("the MTA refuses to edit header " + change.name);
  }
  log_.write(decision.record);
  return decision.reply ? Answer(std::move(*decision.reply)) : Answer(GoOn{});
}

Answer Conversation::fault(std::string_view what) noexcept {
  try {
    say(fmt::format("error at {}: {}; the mail is deferred", policy::to_text(deciding_), what));
    const auto decision = session_.filter_error(deciding_, what);
    log_.write(decision.record);
    return *decision.reply;
  } catch (...) {
    return plain_deferral();
  }
}

void Conversation::note_queue_id(Mta& mta) { session_.queue_id(macro(mta, "i")); }

// Without the space after the colon "simple" signatures are verified over a guess.
void Conversation::say_what_the_mta_lacks(Mta& mta) {
  if (terms_.keeps_header_space()) return;
  const auto version = macro(mta, "v");
  say_once(fmt::format(
      "warning: the MTA{} speaks less than version 6 of the milter protocol: one space is assumed "
      "after the colon of each header field, which DKIM signatures may not agree with",
      version.empty() ? "" : " (" + policy::clean(std::string_view(version), policy::Form::text) + ")"));
}

// At RCPT, when it is known whether the client logged in.
void Conversation::say_whom_we_cannot_see() {
  const auto& client = session_.connection().client;
  if (!is_hidden(client, session_.facts())) return;
  say_once(
      fmt::format("warning: mail comes from the private address {0}, which is not in trusted.networks: "
                  "probably that of a proxy or "
                  "NAT of yours, which hides whom it comes from. Names of clients and blocklists of "
                  "addresses are unknown for it, and "
                  "SPF is judged by the address of the proxy. Let the proxy pass on the client's address "
                  "(PROXY protocol, XCLIENT); "
                  "if {0} is a host of yours, put it into trusted.networks",
                  client->text()));
}

Answer Conversation::connect(Mta& mta, std::optional<policy::Address> client, int port,
                             std::string_view name) noexcept {
  return listen(Command::connect, Scope::connection, [&] {
    say_what_the_mta_lacks(mta);
    Connection connection;
    connection.client = client;
    connection.port = port;
    connection.client_name = cut(name);
    connection.daemon_name = macro(mta, "{daemon_name}");
    session_.connect(std::move(connection));
  });
}

Answer Conversation::helo(Mta& mta, std::string_view name) noexcept {
  return listen(Command::helo, Scope::connection, [&] {
    session_.connection().tls_version = own_macro(mta, "{tls_version}");
    session_.helo(name);
  });
}

Answer Conversation::mail(Mta& mta, std::string_view path) noexcept {
  guard_.begin_message();
  return listen(Command::mail, Scope::message, [&] {
    session_.mail(path, own_macro(mta, "{auth_authen}"));
    note_queue_id(mta);
  });
}

AnswerStep Conversation::rcpt(Mta& mta, std::string_view path) noexcept {
  return answer(policy::Stage::rcpt, [&] {
    auto recipient = recipient_of(mta, path);
    note_queue_id(mta);
    say_whom_we_cannot_see();
    return enact(mta, session_.rcpt(std::move(recipient)));
  });
}

Answer Conversation::header(std::string_view name, std::string_view value) noexcept {
  return listen(Command::header, Scope::message, [&] {
    HeaderField field{std::string(name), std::string(value)};
    // The MTA took one space away; before a TAB there was none.
    if (!terms_.keeps_header_space() && !value.starts_with('\t')) field.value.insert(0, " ");
    session_.header(std::move(field));
  });
}

Answer Conversation::end_of_headers(Mta& mta) noexcept {
  return listen(Command::end_of_headers, Scope::message, [&] {
    note_queue_id(mta);
    session_.end_of_headers();
  });
}

Answer Conversation::body(std::string_view chunk) noexcept {
  return listen(Command::body, Scope::message, [&] { session_.body(chunk); });
}

AnswerStep Conversation::end_of_message(Mta& mta) noexcept {
  return answer(policy::Stage::message, [&] {
    if (!mta.macro("i")) say_that_it_is_missing("i", "records of messages have no queue id");
    note_queue_id(mta);
    return enact(mta, session_.end_of_message());
  });
}

AnswerStep Conversation::resume(Mta& mta) noexcept {
  return answer(deciding_, [&] { return enact(mta, session_.resume()); });
}

void Conversation::abort() noexcept {
  guard_.listen(Scope::message, [this] { session_.abort(); });
}

}  // namespace milter
