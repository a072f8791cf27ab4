#include <fmt/format.h>

#include "milter/checks/check.h"

namespace milter {
namespace {

constexpr std::uint64_t kFaces = 10'000;  // hundredths of a percent

struct Dice {
  std::int64_t roll = 0;
  static constexpr std::tuple fields{
      policy::Field{"roll", &Dice::roll,
                    "0 to 9999, the same for all of a mail transaction: a rule with `sample: 10%` asks for "
                    "less than 1000"},
  };
};

// FNV-1a, 64 bits. Chosen for being the same on every machine and in every release: whoever has the record's
// session and transaction can roll again and get the same. It keeps nobody from choosing his mail's luck;
// session ids are ours, not theirs.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  return policy::to_fact(Dice{static_cast<std::int64_t>(
      fnv1a(fmt::format("{}:{}", input.transaction.session, input.transaction.number)) % kFaces)});
}

}  // namespace

extern const Check dice_check{
    .doc = {.name = "dice",
            .group = "dice",
            .since = policy::Stage::connect,
            .summary = "A stable number, by which a rule can be tried on a share of the mail.",
            .doubt_reason = "filter-error",
            .fields = policy::describe<Dice>()},
    .free = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
