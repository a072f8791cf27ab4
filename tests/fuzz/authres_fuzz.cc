// The value of one Authentication-Results field, and foreign text in the one that we write.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "milter/auth/authentication_results.h"
#include "milter/auth/claimed_results.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string us = "mx1.example.net";
  if (milter::claims_authserv_id(text, us) != milter::claims_authserv_id(" (c)\r\n " + text, us) &&
      text.size() < 8000)
    std::abort();  // a comment in front hides nothing

  policy::FactSet facts;
  facts.put("spf", policy::Fields{{"result", text}, {"domain", text}, {"problem", text}});
  facts.put("dkim",
            policy::Fields{{"result", text}, {"signatures", policy::TextList{text, "fail d=" + text}}});
  const auto value = milter::authentication_results(facts, us);
  if (!milter::claims_authserv_id(value, us)) std::abort();
  const bool clean = std::all_of(value.begin(), value.end(),
                                 [](char c) { return c == '\n' || c == '\t' || (c >= 0x20 && c <= 0x7E); });
  if (!clean) std::abort();
  return 0;
}
