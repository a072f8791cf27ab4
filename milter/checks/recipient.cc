#include "milter/checks/check.h"
#include "milter/recipients/recipients.h"
#include "policy/derive.h"
#include "policy/route.h"

namespace milter {
namespace {

struct Recipient {
  bool mta_refused = false;
  std::string mta_text;
  static constexpr std::tuple fields{
      policy::Field{"mta_refused", &Recipient::mta_refused, "the MTA has refused it already: we only log"},
      policy::Field{"mta_text", &Recipient::mta_text, "what the MTA said when it did", {.evidence = true}},
  };
};

// What the source that the policy names for this mailbox says; empty: none is to be asked.
std::optional<policy::SourceAnswer> ask_source(const CheckInput& input,
                                               const policy::RecipientAsked& recipient) {
  const auto* source = policy::source_for(input.policy, recipient);
  if (!source) return std::nullopt;
  policy::SourceAnswer answer{
      .source = policy::source_key(*source), .status = std::string(to_text(Status::known)), .why = {}};
  if (!input.recipients) return answer;
  const auto asked = policy::in_a_labels(policy::parse_path(recipient.path));
  const auto to = policy::destination(asked, {recipient.mta_address, recipient.refused}, input.policy).path;
  const auto status = input.recipients->find(to.local, to.domain);
  answer.status = status ? std::string(to_text(*status)) : "";
  if (!status) answer.why = status.error();
  return answer;
}

Gathered gather(const CheckInput& input, Answers& /*answers*/) {
  const auto& recipient = input.observed.recipient;
  if (!recipient) return policy::Fields{};
  Gathered gathered = policy::to_fact(
      Recipient{recipient->refused, recipient->refused ? recipient->mta_address : std::string()});
  gathered.source = ask_source(input, *recipient);
  return gathered;
}

}  // namespace

extern const Check recipient_check{
    .doc = {.name = "recipient",
            .group = "recipient",
            .since = policy::Stage::rcpt,
            .summary =
                "Who is to get the mail, whether it is ours to take, and whether there is such a mailbox.",
            .doubt_reason = "directory-failure",
            .fields = policy::describe<Recipient>(
                {{"address",
                  "whom the mail would really go to: source routes, %, ! and quoted @ are followed",
                  {.kind = policy::Kind::mailbox}},
                 {"domain",
                  "its domain, in lower case; empty for the bare postmaster",
                  {.kind = policy::Kind::domain}},
                 {"ours",
                  "whether that is a mailbox of domains.local or domains.relay",
                  {.kind = policy::Kind::flag}},
                 {"status",
                  "what the source of its domain says; known without a source, for foreign domains, and for "
                  "postmaster@ and abuse@ of ours",
                  {.kind = policy::Kind::word,
                   .words = {"known", "unknown", "full", "disabled", "maintenance"}}},
                 {"role",
                  "postmaster@ or abuse@ of our domains: refused by relay control only",
                  {.kind = policy::Kind::flag}},
                 {"problem", "what is wrong with the address as it was given; empty if nothing"},
                 {"split",
                  "whether the rules of the message's end treat it differently from the recipients before "
                  "it: a role "
                  "address among others, or one that a condition on recipients tells apart; one answer "
                  "cannot suit both",
                  {.kind = policy::Kind::flag}}})},
    .free = false,  // a source is asked
    .after = {},
    .gather = gather,
};

}  // namespace milter
