// What an MTA and a filter agree on before the first command: what the filter may do, which commands go without an
// answer, which macros come with them. The numbers are the milter protocol's (version 6), as in libmilter's mfdef.h.
#pragma once
#include <cstdint>
#include <span>

namespace milter {

// A command of the milter protocol.
enum class Command { connect, helo, mail, rcpt, data, header, end_of_headers, body, end_of_message };

// SMFIF_: what the filter may do.
namespace action {
inline constexpr std::uint32_t add_headers = 0x01;
inline constexpr std::uint32_t change_headers = 0x10;
inline constexpr std::uint32_t name_macros = 0x100;  // ask for macros by name (SETSYMLIST)
}  // namespace action

// SMFIP_: how the conversation goes.
namespace step {
inline constexpr std::uint32_t no_unknown = 0x100;       // unknown commands are kept from us
inline constexpr std::uint32_t no_data = 0x200;          // so is DATA
inline constexpr std::uint32_t refused_rcpt = 0x800;     // recipients that the MTA refused come too
inline constexpr std::uint32_t header_space = 0x100000;  // header values keep the space after the colon
inline constexpr std::uint32_t no_reply_connect = 0x1000;
inline constexpr std::uint32_t no_reply_header = 0x80;
inline constexpr std::uint32_t no_reply_end_of_headers = 0x40000;
inline constexpr std::uint32_t no_reply_body = 0x80000;
}  // namespace step

struct Offer {
  std::uint32_t actions = 0;
  std::uint32_t steps = 0;
};

struct Terms {
  std::uint32_t actions = 0;
  std::uint32_t steps = 0;

  bool has_answer(Command command) const;
  bool keeps_header_space() const { return (steps & step::header_space) != 0; }
  bool names_macros() const { return (actions & action::name_macros) != 0; }
};

// What we take of an MTA's offer: never more, each step by itself. HELO and MAIL are always answered: Postfix keeps
// back what needs no answer until the next command that does, and questions to DNS begin with these two. CONNECT
// needs none: no greeting waits for us.
Terms agree(const Offer& offer);

struct MacroList {
  Command command;
  const char* names;  // with spaces between
};
std::span<const MacroList> macros_wanted();

}  // namespace milter
