#include "milter/smtp/libmilter/callbacks.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "milter/log/say.h"
#include "milter/smtp/libmilter/guard.h"
#include "milter/smtp/libmilter/kicker.h"
#include "milter/smtp/libmilter/macros.h"
#include "milter/smtp/libmilter/reply_out.h"

namespace milter {
namespace {

// Both are never destroyed: libmilter's threads outlive smfi_main().
constinit std::atomic<CallbackWorld*> the_world{nullptr};
constinit std::atomic<int> visits{0};  // callbacks under way

// A callback's stay in the world, which is not taken away meanwhile.
class Visit {
 public:
  Visit() noexcept {
    ++visits;  // first: whoever takes the world away sees it, or we see that it is gone
    world_ = the_world;
  }
  ~Visit() { --visits; }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  CallbackWorld* world() const noexcept { return world_; }  // null: the program is ending

 private:
  CallbackWorld* world_;
};

// One connection from the MTA.
struct Wire {
  explicit Wire(CallbackWorld& w) : world(w), session(w.snapshot.get(), w.world) {}
  CallbackWorld& world;
  Session session;
  Guard guard;
  bool counted = false;
  bool no_reply = false;    // the MTA agreed that we do not answer where we have nothing to say
  bool lead_space = false;  // values come and go with the space after the colon (SMFIP_HDR_LEADSPC)
};

// Null: out of memory, or the program is ending.
Wire* wire_of(SMFICTX* context, const Visit& visit) noexcept {
  if (!visit.world()) return nullptr;
  auto* wire = static_cast<Wire*>(smfi_getpriv(context));
  if (wire) return wire;
  try {
    wire = std::make_unique<Wire>(*visit.world()).release();  // libmilter holds it until close_connection
    smfi_setpriv(context, wire);
    return wire;
  } catch (...) {
    return nullptr;
  }
}

sfsistat quiet(const Wire& wire) { return wire.no_reply ? SMFIS_NOREPLY : SMFIS_CONTINUE; }

// The record first, then the reply: whoever calls about a reference finds it in the log.
sfsistat enact(SMFICTX* context, const Wire& wire, const Decision& decision) {
  wire.world.log.write(decision.record);
  return decision.reply ? send_reply(context, *decision.reply) : SMFIS_CONTINUE;
}

sfsistat defer_plainly(SMFICTX* context) noexcept {
  try {
    return send_reply(context, {451, "4.3.0", {"Temporary trouble here; please try again later."}, true});
  } catch (...) {
    return SMFIS_TEMPFAIL;  // the MTA has words of its own for it
  }
}

sfsistat defer_for_error(SMFICTX* context, Wire& wire, policy::Stage stage,
                         const std::string& what) noexcept {
  try {
    say(fmt::format("error at {}: {}; the mail is deferred", policy::to_text(stage), what));
    return enact(context, wire, wire.session.filter_error(stage, what));
  } catch (...) {  // not even that: out of memory
    return defer_plainly(context);
  }
}

// A callback that may answer: a fault, its own or one kept from before, defers.
template <class Body>
sfsistat answering(SMFICTX* context, policy::Stage stage, Body body) noexcept {
  const Visit visit;
  auto* wire = wire_of(context, visit);
  if (!wire) return defer_plainly(context);
  return wire->guard.answer(
      [&] { return body(*wire); },
      [&](const std::string& what) { return defer_for_error(context, *wire, stage, what); });
}

// One that may not: a fault is kept for the next that may.
template <class Body>
sfsistat listening(SMFICTX* context, Scope scope, Body body) noexcept {
  const Visit visit;
  auto* wire = wire_of(context, visit);
  if (!wire) return SMFIS_TEMPFAIL;
  wire->guard.listen(scope, [&] { body(*wire); });
  return quiet(*wire);
}

std::optional<policy::Address> address_of(const sockaddr* address) {
  if (!address) return std::nullopt;
  if (address->sa_family == AF_INET) {
    policy::Address::V4 bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, bytes.size());
    return policy::Address(bytes);
  }
  if (address->sa_family == AF_INET6) {
    policy::Address::V6 bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, bytes.size());
    return policy::Address(bytes);
  }
  return std::nullopt;
}

std::string_view first(char** arguments) { return arguments && arguments[0] ? arguments[0] : ""; }

std::string cut(std::string text) {
  if (text.size() > kLongestWireText) text.resize(kLongestWireText);
  return text;
}

// From the negotiation on there is a session to finish. One that never negotiates (the kicker's) is none.
void count(Wire& wire) {
  if (wire.counted) return;
  wire.counted = true;
  ++wire.world.sessions;
  ++wire.world.sessions_begun;
}

sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps, unsigned long,
                      unsigned long, unsigned long* our_actions, unsigned long* our_steps, unsigned long* f2,
                      unsigned long* f3) {
  constexpr unsigned long kNoReply =
      SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY;
  constexpr unsigned long kWanted = SMFIP_RCPT_REJ | SMFIP_HDR_LEADSPC | SMFIP_NOUNKNOWN | SMFIP_NODATA;
  *f2 = *f3 = 0;
  *our_actions = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_SETSYMLIST);
  *our_steps = steps & kWanted;
  return answering(context, policy::Stage::connect, [&](Wire& wire) {
    count(wire);
    wire.no_reply = (steps & kNoReply) == kNoReply;
    if (wire.no_reply) *our_steps |= kNoReply;
    wire.lead_space = (*our_steps & SMFIP_HDR_LEADSPC) != 0;
    if (actions & SMFIF_SETSYMLIST) ask_for_macros(context);
    return SMFIS_CONTINUE;
  });
}

sfsistat on_connect(SMFICTX* context, char* name, sockaddr* address) {
  return listening(context, Scope::connection, [&](Wire& wire) {
    count(wire);
    Connection connection;
    connection.client = address_of(address);
    connection.client_name = cut(name ? name : "");
    connection.daemon_name = cut(macro(context, "{daemon_name}"));
    wire.session.connect(std::move(connection));
  });
}

sfsistat on_helo(SMFICTX* context, char* name) {
  return listening(context, Scope::connection, [&](Wire& wire) {
    wire.session.connection().tls_version = cut(macro(context, "{tls_version}"));
    wire.session.helo(name ? name : "");
  });
}

sfsistat on_mail(SMFICTX* context, char** arguments) {
  const Visit visit;
  if (auto* wire = wire_of(context, visit)) wire->guard.begin_message();
  return listening(context, Scope::message, [&](Wire& wire) {
    wire.session.mail(first(arguments), macro(context, "{auth_authen}"));
    wire.session.queue_id(macro(context, "i"));
  });
}

// x.y.z alone: the MTA has refused this recipient. The mailer "error" by itself does not say so: Postfix
// names it for virtual aliases that it accepts, with a longer text as host.
bool is_bare_status(std::string_view host) {
  return host.size() >= 5 && (host[0] == '4' || host[0] == '5') && host[1] == '.' &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

sfsistat on_rcpt(SMFICTX* context, char** arguments) {
  return answering(context, policy::Stage::rcpt, [&](Wire& wire) {
    RecipientCommand recipient;
    recipient.path = cut(std::string(first(arguments)));
    recipient.mta_address = cut(
        expected_macro(context, "{rcpt_addr}", "route tricks in recipients are resolved by our own parser"));
    recipient.mta_mailer =
        cut(expected_macro(context, "{rcpt_mailer}", "recipients that the MTA refused cannot be told apart"));
    recipient.mta_host = cut(macro(context, "{rcpt_host}"));
    recipient.refused_by_mta = recipient.mta_mailer == "error" && is_bare_status(recipient.mta_host);
    wire.session.queue_id(macro(context, "i"));
    const Kicker::Waiting waiting(wire.world.kicker);
    return enact(context, wire, finish(wire.session, wire.session.rcpt(std::move(recipient))));
  });
}

sfsistat on_header(SMFICTX* context, char* name, char* value) {
  return listening(context, Scope::message, [&](Wire& wire) { wire.session.header({name, value}); });
}

sfsistat on_end_of_headers(SMFICTX* context) {
  return listening(context, Scope::message, [&](Wire& wire) {
    wire.session.queue_id(macro(context, "i"));
    wire.session.end_of_headers();
  });
}

sfsistat on_body(SMFICTX* context, unsigned char* bytes, std::size_t count) {
  return listening(context, Scope::message, [&](Wire& wire) {
    wire.session.body({reinterpret_cast<const char*>(bytes), count});
  });
}

// False when libmilter refuses an edit: then the message goes out without a claim of ours, never with a
// forged one.
bool edit(SMFICTX* context, const HeaderChange& change, bool lead_space) {
  auto name = change.name;
  auto value = (lead_space ? " " : "") + change.value;
  if (change.kind == HeaderChange::Kind::remove)
    return smfi_chgheader(context, name.data(), change.occurrence, nullptr) == MI_SUCCESS;
  return smfi_insheader(context, 0, name.data(), value.data()) == MI_SUCCESS;
}

sfsistat on_end_of_message(SMFICTX* context) {
  return answering(context, policy::Stage::message, [&](Wire& wire) {
    wire.session.queue_id(expected_macro(context, "i", "records of messages have no queue id"));
    const Kicker::Waiting waiting(wire.world.kicker);
    const auto decision = finish(wire.session, wire.session.end_of_message());
    for (const auto& change : decision.headers)
      if (!edit(context, change, wire.lead_space))
        throw std::runtime_error("the MTA refuses to edit header " + change.name);
    return enact(context, wire, decision);
  });
}

sfsistat on_abort(SMFICTX* context) {
  return listening(context, Scope::message, [](Wire& wire) { wire.session.abort(); });
}

sfsistat on_close(SMFICTX* context) {
  const Visit visit;
  if (!visit.world()) return SMFIS_CONTINUE;  // what the session would give back is going or gone
  const std::unique_ptr<Wire> wire(static_cast<Wire*>(smfi_getpriv(context)));
  smfi_setpriv(context, nullptr);
  if (wire && wire->counted) --wire->world.sessions;
  return SMFIS_CONTINUE;
}

}  // namespace

void open_world(CallbackWorld& world) { the_world = &world; }

void close_world() {
  the_world = nullptr;
  while (visits > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

smfiDesc description() {
  static char name[] = "fivefifty";
  smfiDesc out{};
  out.xxfi_name = name;
  out.xxfi_version = SMFI_VERSION;
  out.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_SETSYMLIST;
  out.xxfi_negotiate = on_negotiate;
  out.xxfi_connect = on_connect;
  out.xxfi_helo = on_helo;
  out.xxfi_envfrom = on_mail;
  out.xxfi_envrcpt = on_rcpt;
  out.xxfi_header = on_header;
  out.xxfi_eoh = on_end_of_headers;
  out.xxfi_body = on_body;
  out.xxfi_eom = on_end_of_message;
  out.xxfi_abort = on_abort;
  out.xxfi_close = on_close;
  return out;
}

}  // namespace milter
