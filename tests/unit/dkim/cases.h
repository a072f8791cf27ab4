// The table: a message, how it is signed, what happens to it, and the verdict with its sentence.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "milter/dns/resolver.h"
#include "tests/unit/dkim/signer.h"

namespace milter::test {

struct Case {
  std::string name;
  Signing signing;
  std::string expected;  // of the first signature: "fail body hash did not verify"
  // TXT records at kKeyName; {p} is the key, {pkcs1} its bare form. Empty: no such name.
  std::vector<std::string> records = {"v=DKIM1; p={p}"};
  void (*before)(Mail&) = nullptr;  // before it is signed
  void (*after)(Mail&) = nullptr;   // on its way
  // Why dkimpy comes to another end (pass or not), and who is right by which paragraph; "" when it agrees.
  std::string dkimpy = {};
};

// What is said of a signature that could align with From, where libopendkim verifies it and we say `ours`.
std::string disputed(std::string_view ours);

std::vector<Case> form_cases();       // keys and canonicalizations, sound and broken
std::vector<Case> signature_cases();  // DKIM-Signature fields
std::vector<Case> key_cases();        // key records
std::vector<Case> message_cases();    // headers, bodies, line ends
std::vector<Case> all_cases();

// The message as it arrives, and the records it is verified with.
Mail mail_of(const Case& one);
std::vector<std::string> records_of(const Case& one);

}  // namespace milter::test
