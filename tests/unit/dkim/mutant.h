// Messages that are signed in every way that the RFC allows, and some more, and then changed on their way:
// random, but the same for the same seed (keys apart).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/dkim/signer.h"

namespace milter::test {

struct Mutant {
  Mail mail;                         // DKIM-Signature on top, of example.org, selector k1
  std::vector<std::string> records;  // of its key, one
  std::string story;                 // what was done to it: "body: white space; tag: t"
};

Mutant make_mutant(std::uint32_t seed);

}  // namespace milter::test
