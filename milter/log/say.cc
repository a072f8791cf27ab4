#include "milter/log/say.h"

#include <unistd.h>

#include <string>

namespace milter {

void say(std::string_view sentence) noexcept {
  try {
    const auto line = "fivefifty: " + std::string(sentence) + '\n';
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  } catch (...) {  // out of memory: there are worse things to report
  }
}

}  // namespace milter
