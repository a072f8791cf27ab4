// The MTA's macros: which we ask for at which stage, and how they are read.
#pragma once
#include <libmilter/mfapi.h>

#include <string>

namespace milter {

// Asks the MTA for what we read, stage by stage; what it does not know it leaves out.
void ask_for_macros(SMFICTX* context);

// A macro's value, or "": not sent. `name` with its braces: "{rcpt_addr}"; one letter without: "i".
std::string macro(SMFICTX* context, const char* name);

// As macro(); the first time that it is missing a warning says what is lost by it. `use`: "queue ids in the
// log".
std::string expected_macro(SMFICTX* context, const char* name, const char* use);

}  // namespace milter
