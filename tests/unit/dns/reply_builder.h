// DNS replies for tests of the parser, octet by octet: right ones and wrong ones.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace milter {

class ReplyBuilder {
 public:
  using Bytes = std::vector<std::uint8_t>;
  enum Section { answer = 6, authority = 8, additional = 10 };  // where its count is in the header
  static constexpr std::uint16_t kPlain = 0x8180;               // QR RD RA
  static constexpr std::uint16_t kCname = 5, kNs = 2, kSoa = 6, kOpt = 41;

  // The reply to `name` `type`, without records yet.
  ReplyBuilder(std::string_view name, std::uint16_t type, std::uint16_t flags = kPlain);

  ReplyBuilder& record(Section section, std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                       const Bytes& data, std::uint16_t of_class = 1);
  ReplyBuilder& raw(const Bytes& bytes);                        // appended as they are
  ReplyBuilder& count(Section section, std::uint16_t by = 1);   // announced, whether there or not
  ReplyBuilder& soa(std::uint32_t ttl, std::uint32_t minimum);  // in the authority section
  ReplyBuilder& questions(std::uint16_t number);
  Bytes bytes() const { return bytes_; }

  static Bytes name(std::string_view text);  // uncompressed
  static Bytes number16(std::uint16_t value);
  static Bytes strings(const std::vector<std::string>& texts);  // character-strings
  static Bytes join(const std::vector<Bytes>& parts);

 private:
  Bytes bytes_;
};

}  // namespace milter
