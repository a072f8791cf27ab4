#include "milter/checks/spf_question.h"

namespace milter {
namespace {

// A check of its own: the client chooses that name, and how long its name servers take.
struct SpfHelo {
  std::string helo_result = "none";
  static constexpr std::tuple fields{
      policy::Field{"helo_result",
                    &SpfHelo::helo_result,
                    "the same for the name in HELO, whatever the sender",
                    {.words = kSpfWords}},
  };
};

Gathered gather(const CheckInput& input, Answers& answers) {
  const auto question = spf_question(input);
  if (!question) return policy::to_fact(SpfHelo{});
  const auto result = check_helo(*question, answers, input.spf_records);
  if (result.word == SpfWord::temperror) return policy::Unavailable{result.problem, result.owner};
  return policy::to_fact(SpfHelo{std::string(to_text(result.word))});
}

}  // namespace

extern const Check spf_helo_check{
    .doc = {.name = "spf_helo",
            .group = "spf",
            .since = policy::Stage::helo,
            .summary = "Whether the domain in HELO lets this client use its name: SPF, RFC 7208 2.3.",
            .doubt_reason = "spf-temperror",
            .fields = policy::describe<SpfHelo>()},
    .after = {},
    .gather = gather,
};

}  // namespace milter
