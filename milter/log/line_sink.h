// Decisions as JSON Lines, to a file or a descriptor. Each is written by a thread of its own (outbox.h).
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "milter/log/sink.h"

namespace milter {

// Lines that may wait for a slow disk or reader: some seconds of a busy server. A sink never takes more memory.
inline constexpr std::size_t kMostQueuedOctets = 16 * 1024 * 1024;

// Whole lines, many with one write(2), to a file opened for appending and made with mode 0640: lines of several
// processes do not mix. A file that cannot be opened or written is said when it begins and when it ends, and what is
// lost is counted. A pipe without a reader is such a file.
std::unique_ptr<LogSink> file_sink(std::string path, policy::Detail accepted);

// To a descriptor that stays open (stdout).
std::unique_ptr<LogSink> stream_sink(int descriptor, policy::Detail accepted);

}  // namespace milter
