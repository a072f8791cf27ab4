#include "milter/checks/check.h"
#include "milter/checks/sender_path.h"

namespace milter {
namespace {

struct Sender {
  std::string address, domain, syntax;
  static constexpr std::tuple fields{
      policy::Field{"address",
                    &Sender::address,
                    "the envelope sender; empty for the null sender",
                    {.kind = policy::Kind::mailbox}},
      policy::Field{"domain", &Sender::domain, "its domain, in lower case", {.kind = policy::Kind::domain}},
      policy::Field{
          "syntax", &Sender::syntax,
          "why it is no address that a reply could be sent to, by its form alone: \"no domain\"; empty if "
          "it is one"},
  };
};

// Who the sender is stays known, whatever DNS does: a rule about sender.domain must not depend on the name
// servers of the very domain that it is about.
Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  const auto path = policy::parse_path(input.transaction.mail_from);
  const auto name = policy::to_a_labels(path.domain);
  return policy::to_fact(Sender{
      .address = path.address(), .domain = name.empty() ? path.domain : name, .syntax = sender_syntax(path)});
}

}  // namespace

extern const Check sender_check{
    .doc = {.name = "sender",
            .group = "sender",
            .since = policy::Stage::mail,
            .summary = "The envelope sender, as MAIL names it.",
            .doubt_reason = "filter-error",
            .fields = policy::describe<Sender>()},
    .free = true,
    .after = {},
    .gather = gather,
};

}  // namespace milter
