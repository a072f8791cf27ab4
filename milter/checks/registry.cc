#include <algorithm>
#include <array>

#include "milter/checks/check.h"

namespace milter {

#define CHECK(name) extern const Check name##_check;
#include "milter/checks/checks.def"
#undef CHECK

namespace {

constexpr std::array kChecks{
#define CHECK(name) &name##_check,
#include "milter/checks/checks.def"
#undef CHECK
};

std::vector<policy::CheckDoc> docs() {
  std::vector<policy::CheckDoc> out;
  out.reserve(std::size(kChecks));
  for (const auto* check : kChecks) out.push_back(check->doc);
  return out;
}

}  // namespace

std::span<const Check* const> all_checks() { return kChecks; }

const Check* find_check(std::string_view name) {
  const auto it =
      std::find_if(kChecks.begin(), kChecks.end(), [&](const Check* c) { return c->doc.name == name; });
  return it == kChecks.end() ? nullptr : *it;
}

const policy::Schema& schema() {
  static const policy::Schema all(docs());
  return all;
}

}  // namespace milter
