// Operational messages: sentences for whoever runs the program, on stderr. Any thread, nothing ever throws:
// that nobody can read what we say (a dead pipe, a full disk, a closed descriptor) is no reason to stop.
#pragma once
#include <chrono>
#include <functional>
#include <string_view>

namespace milter {

// "fivefifty: SENTENCE" and a line end.
void say(std::string_view sentence) noexcept;

// `text` as it is, with a line end if it has none: for diagnostics, which have a form of their own.
void say_plainly(std::string_view text) noexcept;

// From now on a thread of its own writes what is said, so that a reader who stalls holds nobody up; what does not
// fit into its queue is dropped. Before, and in commands, whoever speaks waits. Once a process; ignores SIGPIPE.
void speak_from_a_thread() noexcept;

// Waits until all is written that was said, or for `patience`.
void finish_speaking(std::chrono::milliseconds patience) noexcept;

// Runs `body`. An exception is said ("error in WHO: WHAT") and survived: false. For the whole of a thread, and for
// each round of one that goes on afterwards.
bool survives(std::string_view who, const std::function<void()>& body) noexcept;

}  // namespace milter
