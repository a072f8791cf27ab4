// An SPF macro string, and values as hostile as itself.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "milter/auth/spf/macro.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace milter;
  const std::string bytes(data, data + size);
  const std::string_view all(bytes);
  // Up to the first line feed it is the string, behind it the values.
  const auto macro_text = all.substr(0, all.find('\n'));
  const auto value = all.substr(std::min(macro_text.size() + 1, all.size()));
  const MacroValues values{.local_part = value,
                           .sender_domain = "example.org",
                           .domain = value,
                           .helo = value,
                           .receiver = "mx.example.com",
                           .client_name = value,
                           .client = policy::Address(policy::Address::V6{0x20, 1, 0x0d, 0xb8})};
  for (const auto use : {MacroUse::domain, MacroUse::modifier, MacroUse::explanation}) {
    const auto macros = parse_macro_string(macro_text, use);
    if (!macros) {
      if (macros.error().empty()) std::abort();
      continue;
    }
    const auto name = expand_domain(*macros, values);
    if (name.size() > kLongestTarget) std::abort();
    const auto text = expand_text(*macros, values);
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (text.size() > kLongestExplanation || !std::all_of(text.begin(), text.end(), printable)) std::abort();
  }
  return 0;
}
