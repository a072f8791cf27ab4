// Random messages before three verifiers: ours, libopendkim, dkimpy. Each disagreement is of a kind that
// disagreements.cc lists, with who is right by which paragraph; any other fails, and so does a pass of ours that no
// other verifier shares.
//
//   unit_dkim --gtest_filter=DkimDifferential.*                                   some hundred messages, as in ctest
//   DKIM_MUTANTS=20000 [DKIM_FIRST_MUTANT=1] unit_dkim --gtest_filter=…           as many as you like
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

#include "milter/auth/dkim/opendkim.h"
#include "tests/unit/dkim/disagreements.h"
#include "tests/unit/dkim/dkimpy.h"
#include "tests/unit/dkim/mutant.h"
#include "tests/unit/dkim/verifying.h"

namespace milter::test {
namespace {

std::uint32_t number_from(const char* variable, std::uint32_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? static_cast<std::uint32_t>(std::stoul(text)) : otherwise;
}

// Without a second voice.
std::string our_verdict(const Mutant& mutant) {
  ScriptedZone zone;
  put_keys(zone, {kKeyName, mutant.records});
  return first_verdict(verify(mutant.mail, zone, 7, {}));
}

std::string described(const Mutant& mutant, const Verdicts& verdicts) {
  return mutant.story + "\n  we: " + verdicts.ours +
         "\n  libopendkim: " + (verdicts.opendkim ? "pass" : "no pass") + "\n  dkimpy: " + verdicts.dkimpy +
         "\n  key: " + testing::PrintToString(mutant.records.front()) + "\n  " +
         testing::PrintToString(wire_text(mutant.mail));
}

TEST(DkimDifferential, EachDisagreementIsOfAListedKind) {
  const auto first = number_from("DKIM_FIRST_MUTANT", 1);
  const auto count = number_from("DKIM_MUTANTS", 600);
  std::vector<Mutant> mutants;
  std::vector<DkimpyQuestion> questions;
  for (std::uint32_t seed = first; seed < first + count; ++seed) {
    mutants.push_back(make_mutant(seed));
    questions.push_back({mutants.back().mail, mutants.back().records});
  }
  const auto answers = ask_dkimpy(questions);
  ASSERT_EQ(answers.size(), mutants.size()) << "is python3-dkim installed?";
  std::map<std::string, int> counts;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Verdicts verdicts{our_verdict(mutants[i]), opendkim_passes(mutants[i]), answers[i]};
    const auto kinds = kinds_of(mutants[i], verdicts);
    for (const auto& kind : kinds) ++counts[kind];
    if (agree(verdicts)) ++counts[verdicts.ours == "pass" ? "all pass" : "none passes"];
    EXPECT_TRUE(agree(verdicts) || !kinds.empty())
        << "seed " << first + i << ": " << described(mutants[i], verdicts);
  }
  for (const auto& [kind, times] : counts) std::cout << times << "  " << kind << "\n";
}

}  // namespace
}  // namespace milter::test
