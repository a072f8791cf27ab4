#include "milter/log/write.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace milter {

Written write_whole(int descriptor, std::string_view text) noexcept {
  Written done;
  while (done.octets < text.size()) {
    const auto count = ::write(descriptor, text.data() + done.octets, text.size() - done.octets);
    if (count > 0) {
      done.octets += static_cast<std::size_t>(count);
    } else if (count < 0 && errno == EAGAIN) {
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (count == 0 || errno != EINTR) {
      done.error = count == 0 ? ENOSPC : errno;
      return done;
    }
  }
  return done;
}

}  // namespace milter
