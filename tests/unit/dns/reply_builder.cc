#include "tests/unit/dns/reply_builder.h"

namespace milter {

using Bytes = ReplyBuilder::Bytes;

Bytes ReplyBuilder::number16(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value & 0xff)};
}

Bytes ReplyBuilder::join(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes ReplyBuilder::name(std::string_view text) {
  Bytes out;
  while (!text.empty()) {
    const auto label = text.substr(0, text.find('.'));
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
    text.remove_prefix(std::min(label.size() + 1, text.size()));
  }
  out.push_back(0);
  return out;
}

Bytes ReplyBuilder::strings(const std::vector<std::string>& texts) {
  Bytes out;
  for (const auto& text : texts) {
    out.push_back(static_cast<std::uint8_t>(text.size()));
    out.insert(out.end(), text.begin(), text.end());
  }
  return out;
}

ReplyBuilder::ReplyBuilder(std::string_view asked, std::uint16_t type, std::uint16_t flags)
    : bytes_(join({number16(0x1234), number16(flags), number16(1), Bytes(6), name(asked), number16(type),
                   number16(1)})) {}

ReplyBuilder& ReplyBuilder::raw(const Bytes& bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

ReplyBuilder& ReplyBuilder::count(Section section, std::uint16_t by) {
  const auto at = static_cast<std::size_t>(section);
  const auto now = static_cast<std::uint16_t>((bytes_[at] << 8 | bytes_[at + 1]) + by);
  bytes_[at] = static_cast<std::uint8_t>(now >> 8);
  bytes_[at + 1] = static_cast<std::uint8_t>(now & 0xff);
  return *this;
}

ReplyBuilder& ReplyBuilder::questions(std::uint16_t number) {
  bytes_[4] = static_cast<std::uint8_t>(number >> 8);
  bytes_[5] = static_cast<std::uint8_t>(number & 0xff);
  return *this;
}

ReplyBuilder& ReplyBuilder::record(Section section, std::string_view owner, std::uint16_t type,
                                   std::uint32_t ttl, const Bytes& data, std::uint16_t of_class) {
  const auto high = number16(static_cast<std::uint16_t>(ttl >> 16));
  const auto low = number16(static_cast<std::uint16_t>(ttl & 0xffff));
  const auto length = number16(static_cast<std::uint16_t>(data.size()));
  raw(join({name(owner), number16(type), number16(of_class), high, low, length, data}));
  return count(section);
}

ReplyBuilder& ReplyBuilder::soa(std::uint32_t ttl, std::uint32_t minimum) {
  const auto tail = join({Bytes(16), number16(static_cast<std::uint16_t>(minimum >> 16)),
                          number16(static_cast<std::uint16_t>(minimum & 0xffff))});
  return record(authority, "example", kSoa, ttl, join({name("ns.example"), name("root.example"), tail}));
}

}  // namespace milter
