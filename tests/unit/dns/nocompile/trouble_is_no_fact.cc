// What must not compile: that trouble, stale records or an answer nobody looked at become a fact or a firm
// answer. CASE 0 is the control: what must.
#include "milter/dns/resolver.h"
#include "policy/schema.h"

using namespace milter;

void use(const Trouble& trouble, const Stale& stale, const Outcome& outcome);
void use(const Trouble& trouble, const Stale& stale, const Outcome& outcome) {
  static_cast<void>(trouble);
  static_cast<void>(stale);
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
  const policy::Fact fact = stale;
#elif CASE == 6
  const Records records = stale;
#elif CASE == 7
  const Outcome firm = stale;
#elif CASE == 8
  const Outcome firm = trouble;
#elif CASE == 9
  const Records records = outcome;
#elif CASE == 10
  const auto fact = policy::to_fact(trouble);
#elif CASE == 11
  const auto reason = unavailable(stale);
#endif
}
