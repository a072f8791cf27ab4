// write(2) until all of it is written.
#pragma once
#include <cstddef>
#include <string_view>

namespace milter {

struct Written {
  std::size_t octets = 0;
  int error = 0;  // errno of what ended it early; 0: all is written
};

// Waits for a slow reader as long as it takes, also on a descriptor that does not block. A dead one is EPIPE:
// REQUIRES SIGPIPE to be ignored by whoever wants to live on.
Written write_whole(int descriptor, std::string_view text) noexcept;

}  // namespace milter
