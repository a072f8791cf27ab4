#include "milter/smtp/libmilter/callbacks.h"

#include <netinet/in.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "milter/smtp/conversation.h"
#include "milter/smtp/libmilter/kicker.h"
#include "milter/smtp/libmilter/reply_out.h"

namespace milter {
namespace {

static_assert(action::add_headers == SMFIF_ADDHDRS && action::change_headers == SMFIF_CHGHDRS &&
              action::name_macros == SMFIF_SETSYMLIST);
static_assert(step::no_unknown == SMFIP_NOUNKNOWN && step::no_data == SMFIP_NODATA &&
              step::refused_rcpt == SMFIP_RCPT_REJ && step::header_space == SMFIP_HDR_LEADSPC &&
              step::no_reply_connect == SMFIP_NR_CONN && step::no_reply_header == SMFIP_NR_HDR &&
              step::no_reply_end_of_headers == SMFIP_NR_EOH && step::no_reply_body == SMFIP_NR_BODY);

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
  explicit Wire(CallbackWorld& w) : world(w), conversation(w.snapshot.get(), w.world, w.log) {}
  ~Wire() { in_message(false); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Between MAIL and the message's end: ending waits for this one.
  void in_message(bool now) noexcept {
    if (now != in_message_) world.messages += now ? 1 : -1;
    in_message_ = now;
  }

  CallbackWorld& world;
  Conversation conversation;
  bool counted = false;

 private:
  bool in_message_ = false;
};

// libmilter's interface is not const, and does not write.
char* loose(const char* text) { return const_cast<char*>(text); }

class LibmilterMta : public Mta {
 public:
  explicit LibmilterMta(SMFICTX* context) : context_(context) {}

  const char* macro(const char* name) override { return smfi_getsymval(context_, loose(name)); }

  // libmilter gives what a command did not bring from the last one that did. It hands out its own copy, to be
  // written to: an empty value is as good as none.
  std::optional<std::string> take(const char* name) override {
    char* const value = smfi_getsymval(context_, loose(name));
    if (!value) return std::nullopt;
    std::string taken(value);
    *value = '\0';
    return taken;
  }

  bool edit(const HeaderChange& change) override {
    auto name = change.name;
    auto value = change.value;
    if (change.kind == HeaderChange::Kind::remove)
      return smfi_chgheader(context_, name.data(), change.occurrence, nullptr) == MI_SUCCESS;
    return smfi_insheader(context_, 0, name.data(), value.data()) == MI_SUCCESS;
  }

 private:
  SMFICTX* context_;
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

sfsistat send(SMFICTX* context, const Answer& answer) noexcept {
  if (std::holds_alternative<Nothing>(answer)) return SMFIS_NOREPLY;
  if (std::holds_alternative<GoOn>(answer)) return SMFIS_CONTINUE;
  const auto* reply = std::get_if<policy::Reply>(&answer);
  if (!reply) return SMFIS_TEMPFAIL;
  try {
    return send_reply(context, *reply);
  } catch (...) {
    return SMFIS_TEMPFAIL;
  }
}

// libmilter has a thread to spare: it waits here.
Answer awaited(AnswerStep step, Wire& wire, Mta& mta) noexcept {
  try {
    if (auto* answer = std::get_if<Answer>(&step)) return std::move(*answer);
    if (wire.world.kicker) wire.world.kicker->kick();
    while (const auto* waiting = std::get_if<Waiting>(&step)) {
      waiting->block();
      step = wire.conversation.resume(mta);
    }
    return std::get<Answer>(std::move(step));
  } catch (const std::exception& error) {
    return wire.conversation.fault(error.what());
  }
}

// `command(wire, mta)`: what the conversation answers to it.
template <class Body>
sfsistat on_command(SMFICTX* context, Body command) noexcept {
  const Visit visit;
  auto* wire = wire_of(context, visit);
  if (!wire) return SMFIS_TEMPFAIL;
  LibmilterMta mta(context);
  return send(context, awaited(command(*wire, mta), *wire, mta));
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

int port_of(const sockaddr* address) {
  if (address && address->sa_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
  if (address && address->sa_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(address)->sin6_port);
  return 0;
}

std::string_view text(const char* argument) { return argument ? argument : ""; }
std::string_view first(char** arguments) { return arguments ? text(arguments[0]) : ""; }

// From the negotiation on there is a session to finish. One that never negotiates (the kicker's) is none.
void count(Wire& wire) {
  if (wire.counted) return;
  wire.counted = true;
  ++wire.world.sessions;
  ++wire.world.sessions_begun;
}

int stage_of(Command command) {
  switch (command) {
    case Command::connect:
      return SMFIM_CONNECT;
    case Command::helo:
      return SMFIM_HELO;
    case Command::mail:
      return SMFIM_ENVFROM;
    case Command::rcpt:
      return SMFIM_ENVRCPT;
    case Command::data:
      return SMFIM_DATA;
    case Command::end_of_headers:
      return SMFIM_EOH;
    default:
      return SMFIM_EOM;
  }
}

sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps, unsigned long,
                      unsigned long, unsigned long* our_actions, unsigned long* our_steps, unsigned long* f2,
                      unsigned long* f3) {
  const auto terms = agree({static_cast<std::uint32_t>(actions), static_cast<std::uint32_t>(steps)});
  *our_actions = terms.actions;
  *our_steps = terms.steps;
  *f2 = *f3 = 0;
  if (terms.names_macros())
    for (const auto& [command, names] : macros_wanted())
      smfi_setsymlist(context, stage_of(command), loose(names));
  return on_command(context, [&](Wire& wire, Mta&) -> AnswerStep {
    count(wire);
    wire.conversation.begin(terms);
    return GoOn{};
  });
}

sfsistat on_connect(SMFICTX* context, char* name, sockaddr* address) {
  return on_command(context, [&](Wire& wire, Mta& mta) -> AnswerStep {
    count(wire);
    return wire.conversation.connect(mta, address_of(address), port_of(address), text(name));
  });
}

sfsistat on_helo(SMFICTX* context, char* name) {
  return on_command(
      context, [&](Wire& wire, Mta& mta) -> AnswerStep { return wire.conversation.helo(mta, text(name)); });
}

sfsistat on_mail(SMFICTX* context, char** arguments) {
  return on_command(context, [&](Wire& wire, Mta& mta) -> AnswerStep {
    wire.in_message(true);
    return wire.conversation.mail(mta, first(arguments));
  });
}

sfsistat on_rcpt(SMFICTX* context, char** arguments) {
  return on_command(context,
                    [&](Wire& wire, Mta& mta) { return wire.conversation.rcpt(mta, first(arguments)); });
}

sfsistat on_header(SMFICTX* context, char* name, char* value) {
  return on_command(context, [&](Wire& wire, Mta&) -> AnswerStep {
    return wire.conversation.header(text(name), text(value));
  });
}

sfsistat on_end_of_headers(SMFICTX* context) {
  return on_command(context,
                    [](Wire& wire, Mta& mta) -> AnswerStep { return wire.conversation.end_of_headers(mta); });
}

sfsistat on_body(SMFICTX* context, unsigned char* bytes, std::size_t count) {
  return on_command(context, [&](Wire& wire, Mta&) -> AnswerStep {
    return wire.conversation.body({reinterpret_cast<const char*>(bytes), count});
  });
}

sfsistat on_end_of_message(SMFICTX* context) {
  const auto answer =
      on_command(context, [](Wire& wire, Mta& mta) { return wire.conversation.end_of_message(mta); });
  const Visit visit;
  if (auto* wire = wire_of(context, visit)) wire->in_message(false);
  return answer;
}

sfsistat on_abort(SMFICTX* context) {
  return on_command(context, [](Wire& wire, Mta&) -> AnswerStep {
    wire.in_message(false);
    wire.conversation.abort();
    return GoOn{};  // libmilter sends nothing
  });
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
