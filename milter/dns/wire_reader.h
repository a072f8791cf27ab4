// A bounded reader over a DNS message. Never reads outside; once something did not fit, failed() stays true
// and everything read is zero or empty.
#pragma once
#include <cstdint>
#include <string>

#include "milter/dns/wire.h"

namespace milter {

// Looks into `message`, which must outlive it. One thread.
class WireReader {
 public:
  explicit WireReader(Octets message, std::size_t at = 0) : message_(message), at_(at) {}

  std::uint8_t octet();
  std::uint16_t number16();
  std::uint32_t number32();
  Octets take(std::size_t length);
  std::string text(std::size_t length);
  // Lower case, without the trailing dot; "" is the root. Pointers may only lead back.
  std::string name();

  std::size_t at() const { return at_; }
  bool failed() const { return failed_; }

 private:
  std::string fail();
  bool has(std::size_t at, std::size_t length) const;

  Octets message_;
  std::size_t at_;
  bool failed_ = false;
};

}  // namespace milter
