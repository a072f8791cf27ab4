// Decisions as JSON Lines, to a file or a descriptor.
#pragma once
#include <memory>
#include <string>

#include "milter/log/sink.h"

namespace milter {

// A line at a time, each with one write(2), to a file opened for appending and made with mode 0640. A full
// disk is counted, said once on stderr, and said again when it ends.
std::unique_ptr<LogSink> file_sink(std::string path, policy::Detail accepted);

// To a descriptor that others may be slow to read (stdout): lines that do not fit within kPatience are lost.
std::unique_ptr<LogSink> stream_sink(int descriptor, policy::Detail accepted);

}  // namespace milter
