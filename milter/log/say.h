// Operational messages: sentences for whoever runs the program, on stderr. Any thread.
#pragma once
#include <string_view>

namespace milter {

// "fivefifty: SENTENCE" and a line end, in one write. That nobody can read it is no reason to stop: never
// fails.
void say(std::string_view sentence) noexcept;

}  // namespace milter
