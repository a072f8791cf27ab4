// Decisions to the journal and to syslog, and the thread behind which a slow sink runs.
#pragma once
#include <memory>

#include "milter/log/sink.h"

namespace milter {

// Native fields (FIVEFIFTY_REF=, FIVEFIFTY_REASON=, ...) and the syslog line as MESSAGE.
std::unique_ptr<LogSink> journal_sink();

// The syslog line, facility mail.
std::unique_ptr<LogSink> syslog_sink();

// Runs a sink that may block (journal, syslog) on a thread of its own behind a queue of kMostQueued records;
// what does not fit is lost and counted.
std::unique_ptr<LogSink> queued_sink(std::unique_ptr<LogSink> behind);

}  // namespace milter
