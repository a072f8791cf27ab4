#include "milter/auth/dkim/opendkim.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>

// The header is C, and names its boolean so.
#define _Bool bool  // NOLINT(bugprone-reserved-identifier)
#include <opendkim/dkim.h>
#undef _Bool

namespace milter {

struct OpendkimMessage::State {
  struct Free {
    void operator()(DKIM* handle) const { dkim_free(handle); }
  };
  std::unique_ptr<DKIM, Free> dkim;
  std::vector<int> signature_of;       // by DKIM-Signature field that the library sees: Field::signature
  std::vector<DKIM_SIGINFO*> handles;  // by signature; owned by dkim, null until the prescreen
  std::vector<std::string> keys;       // by signature
  bool broken = false;
};

namespace {

using State = OpendkimMessage::State;

State& state_of(DKIM* dkim) { return *static_cast<State*>(dkim_get_user_context(dkim)); }

u_char* mutable_octets(std::string_view text) {
  return reinterpret_cast<u_char*>(const_cast<char*>(text.data()));  // the library only reads
}

// Called at the end of the headers with one handle a DKIM-Signature field (BADSIGHANDLES), in their order.
// Those that are here only since another signature covers them are never processed.
DKIM_CBSTAT prescreen(DKIM* dkim, DKIM_SIGINFO** infos, int count) {
  auto& state = state_of(dkim);
  if (static_cast<std::size_t>(count) != state.signature_of.size()) return DKIM_CBSTAT_ERROR;
  for (std::size_t i = 0; i < state.signature_of.size(); ++i) {
    const auto signature = state.signature_of[i];
    if (signature < 0)
      dkim_sig_ignore(infos[i]);
    else
      state.handles[static_cast<std::size_t>(signature)] = infos[i];
  }
  return DKIM_CBSTAT_CONTINUE;
}

// Answers from our own table: the library must not ask DNS.
DKIM_CBSTAT key_lookup(DKIM* dkim, DKIM_SIGINFO* info, u_char* buffer, std::size_t size) {
  const auto& state = state_of(dkim);
  const auto it = std::find(state.handles.begin(), state.handles.end(), info);
  if (it == state.handles.end()) return DKIM_CBSTAT_NOTFOUND;
  const auto& key = state.keys[static_cast<std::size_t>(it - state.handles.begin())];
  if (key.empty() || key.size() >= size) return DKIM_CBSTAT_NOTFOUND;
  std::memcpy(buffer, key.c_str(), key.size() + 1);
  return DKIM_CBSTAT_CONTINUE;
}

template <class T>
void set_option(DKIM_LIB* library, dkim_opts_t option, T value) {
  if (dkim_options(library, DKIM_OP_SETOPT, option, &value, sizeof value) != DKIM_STAT_OK)
    throw std::runtime_error("libopendkim does not take an option");
}

DKIM_LIB* make_library() {
  auto* const library = dkim_init(nullptr, nullptr);
  if (!library) throw std::runtime_error("libopendkim cannot be initialised");
  // Not FIXCRLF (it changes what was signed), not VERIFYONE (every signature gets its verdict).
  set_option<std::uint32_t>(library, DKIM_OPTS_FLAGS,
                            DKIM_LIBFLAGS_BADSIGHANDLES | DKIM_LIBFLAGS_DELAYSIGPROC);
  set_option<std::uint32_t>(library, DKIM_OPTS_MINKEYBITS,
                            1);  // we know the key's size, and say it ourselves
  // t= and x= are judged by us, against the session's clock. The library takes this from t=: a t= below it wraps
  // round, and is refused as one from the future.
  constexpr std::uint64_t kTenYears = 315'532'800;
  set_option(library, DKIM_OPTS_CLOCKDRIFT, kTenYears);
  dkim_set_prescreen(library, prescreen);
  dkim_set_key_lookup(library, key_lookup);
  return library;
}

// Never closed: it lives as long as the program, and sessions may still end after main.
DKIM_LIB* library() {
  static DKIM_LIB* const shared = make_library();
  return shared;
}

bool is_signature_field(std::string_view text) {
  constexpr std::string_view kName = DKIM_SIGNHEADER;
  auto name = text.substr(0, text.find(':'));
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  return name.size() == kName.size() && strncasecmp(name.data(), kName.data(), kName.size()) == 0;
}

// dkim_canon_selecthdrs writes behind its array when h= names more fields than there are and all of them are
// taken. This one keeps an entry free: its name has a space, which h= cannot spell.
constexpr std::string_view kNeverSigned = "not signable: -";

void add_field(State& state, std::string_view text) {
  const auto status = dkim_header(state.dkim.get(), mutable_octets(text), text.size());
  // SYNTAX is said of signatures too that we shall ignore: they have their handle all the same.
  if (status != DKIM_STAT_OK && status != DKIM_STAT_SYNTAX) state.broken = true;
}

OpendkimMessage::Verdict verdict_of(DKIM_SIGINFO* info) {
  using Verdict = OpendkimMessage::Verdict;
  const auto error = dkim_sig_geterror(info);
  if (error == DKIM_SIGERROR_TOOLARGE_L) return Verdict::short_body;
  const bool passed = (dkim_sig_getflags(info) & DKIM_SIGFLAG_PASSED) != 0;
  if (passed && dkim_sig_getbh(info) == DKIM_SIGBH_MATCH && error == DKIM_SIGERROR_OK)
    return Verdict::verified;
  if (passed && dkim_sig_getbh(info) == DKIM_SIGBH_MISMATCH) return Verdict::bad_body_hash;
  // A key of the right form that OpenSSL cannot use verifies nothing.
  if (error == DKIM_SIGERROR_BADSIG || error == DKIM_SIGERROR_KEYDECODE) return Verdict::bad_signature;
  return Verdict::refused;
}

}  // namespace

OpendkimMessage::OpendkimMessage(const std::vector<Field>& fields, std::size_t signatures)
    : state_(std::make_unique<State>()) {
  DKIM_STAT status = DKIM_STAT_OK;
  state_->dkim.reset(dkim_verify(library(), reinterpret_cast<const u_char*>("fivefifty"), nullptr, &status));
  if (!state_->dkim) throw std::runtime_error("libopendkim has no memory");
  dkim_set_user_context(state_->dkim.get(), state_.get());
  state_->handles.resize(signatures);
  add_field(*state_, kNeverSigned);
  for (const auto& field : fields) {
    if (is_signature_field(field.text)) state_->signature_of.push_back(field.signature);
    add_field(*state_, field.text);
  }
  if (dkim_eoh(state_->dkim.get()) != DKIM_STAT_OK) state_->broken = true;
}

OpendkimMessage::~OpendkimMessage() = default;

void OpendkimMessage::body(std::string_view text) {
  if (text.empty() || state_->broken) return;
  if (dkim_body(state_->dkim.get(), mutable_octets(text), text.size()) != DKIM_STAT_OK) state_->broken = true;
}

std::vector<OpendkimMessage::Verdict> OpendkimMessage::finish(std::vector<std::string> keys) {
  auto& state = *state_;
  std::vector<Verdict> out(state.handles.size(), Verdict::not_checked);
  state.keys = std::move(keys);
  if (!state.broken) {
    for (std::size_t i = 0; i < out.size(); ++i)
      if (state.keys[i].empty()) dkim_sig_ignore(state.handles[i]);
    dkim_eom(state.dkim.get(), nullptr);  // its status is that of one signature: each is asked below
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!state.keys[i].empty()) out[i] = state.broken ? Verdict::broken : verdict_of(state.handles[i]);
  return out;
}

}  // namespace milter
