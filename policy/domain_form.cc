#include "policy/domain_form.h"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "policy/domain.h"

namespace policy {
namespace {

constexpr std::size_t kLongestUnicodeName = 1012;  // 253 letters of at most 4 octets of UTF-8

struct Free {
  void operator()(std::uint8_t* text) const { idn2_free(text); }
};

std::string converted(const std::string& domain) {
  std::uint8_t* raw = nullptr;
  const auto* text = reinterpret_cast<const std::uint8_t*>(domain.c_str());
  const int status = idn2_lookup_u8(text, &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<std::uint8_t, Free> owner(raw);
  return status == IDN2_OK ? std::string(reinterpret_cast<const char*>(raw)) : std::string();
}

}  // namespace

std::string to_a_labels(std::string_view domain) {
  if (domain.size() > kLongestUnicodeName || domain.find('\0') != std::string_view::npos) return {};
  const bool ascii = std::all_of(domain.begin(), domain.end(), [](char c) { return c >= 0; });
  auto name = normal_name(ascii ? std::string(domain) : converted(std::string(domain)));
  return is_host_name(name) ? name : std::string();
}

}  // namespace policy
