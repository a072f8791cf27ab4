// Asks dkimpy, a verifier by other people in another language, in one process for many messages.
#pragma once
#include <string>
#include <vector>

#include "tests/unit/dkim/signer.h"

namespace milter::test {

struct DkimpyQuestion {
  Mail mail;
  std::vector<std::string> records;  // at the key's name
};

// One answer a question, of its first DKIM-Signature field: "pass", or "fail WHY". Empty: dkimpy could not be run.
std::vector<std::string> ask_dkimpy(const std::vector<DkimpyQuestion>& questions);

}  // namespace milter::test
