#include "milter/log/say.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <string>

#include "milter/log/outbox.h"
#include "milter/log/write.h"

namespace milter {
namespace {

// Sentences are short: this holds thousands, and a storm of them must not cost the memory that mail needs.
constexpr std::size_t kMostUnsaid = 256 * 1024;

// Never destroyed: threads that are not ours may speak until the very end.
constinit std::atomic<Outbox*> the_voice{nullptr};

void speak(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  if (auto* voice = the_voice.load())
    voice->put({.text = std::move(text)});
  else
    write_whole(STDERR_FILENO, text);
}

std::string what() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

}  // namespace

void say(std::string_view sentence) noexcept {
  try {
    speak("fivefifty: " + std::string(sentence));
  } catch (...) {  // out of memory: there are worse things to report
  }
}

void say_plainly(std::string_view text) noexcept {
  try {
    speak(std::string(text));
  } catch (...) {
  }
}

void speak_from_a_thread() noexcept {
  std::signal(SIGPIPE, SIG_IGN);
  if (the_voice.load()) return;
  try {
    the_voice = new Outbox(kMostUnsaid, [](const std::vector<Parcel>& batch, bool) {
      for (const auto& parcel : batch) write_whole(STDERR_FILENO, parcel.text);
    });
  } catch (...) {  // no thread to be had: whoever speaks waits
  }
}

void finish_speaking(std::chrono::milliseconds patience) noexcept {
  if (auto* voice = the_voice.load()) voice->drain(patience);
}

bool survives(std::string_view who, const std::function<void()>& body) noexcept {
  try {
    body();
    return true;
  } catch (...) {
    try {
      say("error in " + std::string(who) + ": " + what());
    } catch (...) {
    }
    return false;
  }
}

}  // namespace milter
