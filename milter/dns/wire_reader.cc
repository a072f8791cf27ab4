#include "milter/dns/wire_reader.h"

#include <array>

#include "milter/dns/reply_parser.h"
#include "policy/domain.h"

namespace milter {

namespace {

constexpr std::uint8_t kPointer = 0xc0;      // RFC 1035 4.1.4
constexpr std::size_t kLongestOnWire = 255;  // RFC 1035 2.3.4, the root's octet included

// A name as it is read: on the stack, since most names are compared and dropped. A dot within a
// label takes two.
class NameText {
 public:
  void append(Octets label) {
    if (size_ > 0) put('.');
    for (const auto octet : label) {
      if (octet == '.') put('\\');
      put(policy::lower(static_cast<char>(octet)));
    }
  }
  std::string text() const { return {text_.data(), size_}; }

 private:
  void put(char c) { text_[size_++] = c; }

  std::array<char, 2 * kLongestOnWire> text_;
  std::size_t size_ = 0;
};

}  // namespace

bool WireReader::has(std::size_t at, std::size_t length) const {
  return at <= message_.size() && length <= message_.size() - at;
}

std::string WireReader::fail() {
  failed_ = true;
  return {};
}

Octets WireReader::take(std::size_t length) {
  if (failed_ || !has(at_, length)) {
    failed_ = true;
    return {};
  }
  const auto part = message_.subspan(at_, length);
  at_ += length;
  return part;
}

std::uint8_t WireReader::octet() {
  const auto part = take(1);
  return part.empty() ? std::uint8_t{0} : part[0];
}

std::uint16_t WireReader::number16() {
  const auto part = take(2);
  return part.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(part[0] << 8 | part[1]);
}

std::uint32_t WireReader::number32() {
  const std::uint32_t high = number16();
  return high << 16 | number16();
}

std::string WireReader::text(std::size_t length) {
  const auto part = take(length);
  return {part.begin(), part.end()};
}

std::string WireReader::name() {
  NameText name;
  std::size_t on_wire = 1;
  int pointers = 0;
  for (auto at = at_;;) {
    if (failed_ || !has(at, 1)) return fail();
    const std::uint8_t length = message_[at];
    if ((length & kPointer) == kPointer) {
      if (!has(at, 2) || ++pointers > kMostPointers) return fail();
      if (pointers == 1) at_ = at + 2;
      const std::size_t target = static_cast<std::size_t>(length & ~kPointer) << 8 | message_[at + 1];
      if (target >= at) return fail();
      at = target;
      continue;
    }
    if ((length & kPointer) != 0 || !has(at + 1, length)) return fail();
    at += 1U + length;
    if (length == 0) {
      if (pointers == 0) at_ = at;
      return name.text();
    }
    on_wire += 1U + length;
    if (on_wire > kLongestOnWire) return fail();
    name.append(message_.subspan(at - length, length));
  }
}

}  // namespace milter
