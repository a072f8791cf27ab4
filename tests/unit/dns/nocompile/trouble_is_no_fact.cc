// What must not compile: that trouble or an answer nobody looked at become a fact or a firm answer. CASE 0 is the
// control: what must.
#include "milter/dns/resolver.h"
#include "policy/schema.h"

using namespace milter;

void use(const Trouble& trouble, const Outcome& outcome);
void use(const Trouble& trouble, const Outcome& outcome) {
  static_cast<void>(trouble);
  static_cast<void>(outcome);
#if CASE == 0
  [[maybe_unused]] const policy::Fact fact = unavailable(trouble);
  [[maybe_unused]] const policy::Value value = unavailable(trouble);
  [[maybe_unused]] const Records records = outcome.value();
#elif CASE == 1
  const policy::Fact fact = trouble;
#elif CASE == 2
  const policy::Fields fields = trouble;
#elif CASE == 3
  const policy::Value value = trouble;
#elif CASE == 4
  const Records records = trouble;
#elif CASE == 5
  const Outcome firm = trouble;
#elif CASE == 6
  const Records records = outcome;
#elif CASE == 7
  const auto fact = policy::to_fact(trouble);
#endif
}
