#include "milter/smtp/libmilter/kicker.h"

#include <fmt/format.h>

#include <cstring>

#include "milter/log/say.h"

namespace milter {

void Kicker::kick() noexcept {
  const int error = listener_.touch();
  if (error == 0 || blind_.exchange(true)) return;
  survives("a callback that waits", [&] {
    say(fmt::format("cannot connect to our own socket: {}; decisions that wait for DNS may hold others up",
                    std::strerror(error)));
  });
}

}  // namespace milter
