#include "milter/smtp/terms.h"

namespace milter {
namespace {

constexpr std::uint32_t kActions = action::add_headers | action::change_headers | action::name_macros;
constexpr std::uint32_t kSteps = step::no_unknown | step::no_data | step::refused_rcpt | step::header_space |
                                 step::no_reply_connect | step::no_reply_header |
                                 step::no_reply_end_of_headers | step::no_reply_body;

constexpr MacroList kMacros[]{
    {Command::connect, "j {daemon_name} {client_name} {client_ptr}"},
    {Command::helo, "{tls_version}"},
    {Command::mail, "i {auth_type} {auth_authen}"},
    {Command::rcpt, "i {rcpt_mailer} {rcpt_host} {rcpt_addr}"},
    {Command::data, "i"},
    {Command::end_of_headers, "i"},
    {Command::end_of_message, "i"},
};

// Zero: always answered.
std::uint32_t without_reply(Command command) {
  switch (command) {
    case Command::connect:
      return step::no_reply_connect;
    case Command::header:
      return step::no_reply_header;
    case Command::end_of_headers:
      return step::no_reply_end_of_headers;
    case Command::body:
      return step::no_reply_body;
    default:
      return 0;
  }
}

}  // namespace

bool Terms::has_answer(Command command) const { return (steps & without_reply(command)) == 0; }

Terms agree(const Offer& offer) { return {offer.actions & kActions, offer.steps & kSteps}; }

std::span<const MacroList> macros_wanted() { return kMacros; }

}  // namespace milter
