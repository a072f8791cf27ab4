// The ways in which ours, libopendkim and dkimpy come to different ends, and who is right by which paragraph.
#pragma once
#include <string>
#include <vector>

#include "tests/unit/dkim/mutant.h"

namespace milter::test {

struct Verdicts {
  std::string ours;    // "pass", "fail body hash did not verify": without a second voice
  bool opendkim;       // passes
  std::string dkimpy;  // "pass", or "fail WHY"
};

bool opendkim_passes(const Mutant& mutant);

// All three pass, or none does. A pass that does not count (rsa-sha1) is none.
bool agree(const Verdicts& verdicts);

// The names of the kinds that explain why a verifier differs from us; empty when one difference is left unexplained.
// Only differences are looked at.
std::vector<std::string> kinds_of(const Mutant& mutant, const Verdicts& verdicts);

}  // namespace milter::test
