// Decisions to the journal and to syslog, each by a thread of its own (outbox.h).
#pragma once
#include <memory>

#include "milter/log/sink.h"

namespace milter {

// Native fields (FIVEFIFTY_REF=, FIVEFIFTY_REASON=, ...) and the syslog line as MESSAGE.
std::unique_ptr<LogSink> journal_sink();

// The syslog line, facility mail. syslog(3) does not tell whether anybody listens: that nobody does is said
// once, at the start.
std::unique_ptr<LogSink> syslog_sink();

}  // namespace milter
