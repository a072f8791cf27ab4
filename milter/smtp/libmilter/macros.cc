#include "milter/smtp/libmilter/macros.h"

#include <fmt/format.h>

#include <mutex>
#include <set>

#include "milter/log/say.h"

namespace milter {
namespace {

// libmilter's interface is not const, and does not write.
char* loose(const char* text) { return const_cast<char*>(text); }

struct StageMacros {
  int stage;
  const char* names;
};

constexpr StageMacros kAsked[]{
    {SMFIM_CONNECT, "j {daemon_name} {client_name} {client_ptr}"},
    {SMFIM_HELO, "{tls_version}"},
    {SMFIM_ENVFROM, "i {auth_type} {auth_authen}"},
    {SMFIM_ENVRCPT, "i {rcpt_mailer} {rcpt_host} {rcpt_addr}"},
    {SMFIM_DATA, "i"},
    {SMFIM_EOH, "i"},
    {SMFIM_EOM, "i"},
};

// Once a macro and process: an administrator reads it once and acts, or not.
bool first_time(const std::string& name) {
  static std::mutex mutex;
  static std::set<std::string> said;
  const std::scoped_lock lock(mutex);
  return said.insert(name).second;
}

}  // namespace

void ask_for_macros(SMFICTX* context) {
  for (const auto& [stage, names] : kAsked) smfi_setsymlist(context, stage, loose(names));
}

std::string macro(SMFICTX* context, const char* name) {
  const char* value = smfi_getsymval(context, loose(name));
  return value ? value : "";
}

std::string expected_macro(SMFICTX* context, const char* name, const char* use) {
  const char* value = smfi_getsymval(context, loose(name));
  if (!value && first_time(name))
    say(fmt::format("warning: the MTA does not send the macro {}: {}", name, use));
  return value ? value : "";
}

}  // namespace milter
