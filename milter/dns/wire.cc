#include "milter/dns/wire.h"

#include <fmt/format.h>

namespace milter {

namespace {

constexpr std::uint16_t kRecursionDesiredAndAd = 0x0120;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kTypeOpt = 41;  // RFC 6891 6.1.1

void put16(std::vector<std::uint8_t>& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value & 0xff));
}

void put_name(std::vector<std::uint8_t>& out, std::string_view name) {
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  out.push_back(0);
}

void put_opt(std::vector<std::uint8_t>& out) {
  out.push_back(0);  // the root
  put16(out, kTypeOpt);
  put16(out, kUdpPayload);
  put16(out, 0);  // extended code, version 0
  put16(out, 0);  // flags
  put16(out, 0);  // no options
}

}  // namespace

std::string to_text(const Question& question) {
  return fmt::format("{} {}", to_text(question.type), question.name);
}

Trouble trouble_with(const Question& question, Trouble::Kind kind, std::string_view why) {
  auto detail = fmt::format("{}: {}", to_text(question), to_text(kind));
  if (!why.empty()) detail += fmt::format(" ({})", why);
  return {.kind = kind, .detail = std::move(detail)};
}

std::vector<std::uint8_t> encode_query(const Question& question, std::uint16_t id, Edns edns) {
  std::vector<std::uint8_t> out;
  out.reserve(question.name.size() + 32);
  put16(out, id);
  put16(out, kRecursionDesiredAndAd);
  put16(out, 1);  // one question
  put16(out, 0);
  put16(out, 0);
  put16(out, edns == Edns::with ? 1 : 0);
  put_name(out, question.name);
  put16(out, static_cast<std::uint16_t>(question.type));
  put16(out, kClassIn);
  if (edns == Edns::with) put_opt(out);
  return out;
}

}  // namespace milter
