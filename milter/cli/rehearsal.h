// One SMTP session played by hand through a real Session: what `try` and the test cases do.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "milter/session/session.h"

namespace milter {

struct Script {
  policy::Address client;
  std::string name;  // the client's PTR name, in place of what DNS says; "" asks DNS
  std::string helo;  // "" is `name`, or an address literal
  std::string user;  // SMTP AUTH; "" is none
  std::string from;  // mailbox without brackets; "" is the null sender
  std::vector<std::string> rcpt;
  std::optional<std::string>
      message;  // header and body; a lone LF becomes CRLF. Empty: the session ends after RCPT
};

// The decisions in their order: one a recipient, then the message's if any recipient was accepted.
std::vector<Decision> rehearse(const Script& script, const std::shared_ptr<const Snapshot>& snapshot,
                               World world);

}  // namespace milter
