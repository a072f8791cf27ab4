// An MTA without mail, for measurements: an SMTP session as it is told to a filter over the milter
// protocol, version 6.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace milter {

struct Field {
  std::string name,
      value;  // the value with the space after the colon; folded lines end in a bare LF, as MTAs send them
};

// One client that brings one message to one recipient.
struct Scenario {
  std::string name, ip, client, helo, sender, recipient;
  std::string verdict;  // what must come of it: accepted, refused (5xx) or deferred (4xx)
  std::vector<Field> fields;
  std::string body;
};

// A line of the file, with tabs between: NAME CLIENT_IP CLIENT_NAME HELO SENDER RECIPIENT VERDICT
// MESSAGE_FILE; messages have CRLF lines. THROWS std::runtime_error if there is none, or a message
// cannot be read.
std::vector<Scenario> read_scenarios(const std::string& path);

// Plays the session over a connection of its own to the filter on the unix socket, as Postfix does: what the
// filter does not answer is kept back until the next command that it does, and the first answer that is no
// "go on" ends it. Any thread. THROWS std::runtime_error if the filter is not there, hangs up, or does not
// keep to the protocol.
std::string play(const std::string& socket, const Scenario& scenario, std::string_view queue_id);

}  // namespace milter
