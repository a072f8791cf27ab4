#include <algorithm>
#include <optional>

#include "milter/checks/check.h"
#include "milter/checks/recipient_path.h"
#include "milter/recipients/recipients.h"
#include "policy/decide.h"

namespace milter {
namespace {

struct Recipient {
  std::string address, domain;
  bool ours = false;
  std::string status;
  bool role = false;
  bool split = false;
  bool mta_refused = false;
  std::string mta_text, problem;
  static constexpr std::tuple fields{
      policy::Field{"address",
                    &Recipient::address,
                    "whom the mail would really go to: source routes, %, ! and quoted @ are followed",
                    {.kind = policy::Kind::mailbox}},
      policy::Field{"domain",
                    &Recipient::domain,
                    "its domain, in lower case; empty for the bare postmaster",
                    {.kind = policy::Kind::domain}},
      policy::Field{"ours", &Recipient::ours, "whether that is a mailbox of domains.local or domains.relay"},
      policy::Field{
          "status",
          &Recipient::status,
          "what the source of its domain says; known without a source, for foreign domains, and for "
          "postmaster@ and abuse@ of ours",
          {.words = {"known", "unknown", "full", "disabled", "maintenance"}}},
      policy::Field{"role", &Recipient::role,
                    "postmaster@ or abuse@ of our domains: refused by relay control only"},
      policy::Field{
          "split", &Recipient::split,
          "whether the rules of the message's end treat it differently from the recipients before it: a role "
          "address among others, or one that a condition on message.recipients tells apart; one answer "
          "cannot suit both"},
      policy::Field{"mta_refused", &Recipient::mta_refused, "the MTA has refused it already: we only log"},
      policy::Field{"mta_text", &Recipient::mta_text, "what the MTA said when it did"},
      policy::Field{"problem", &Recipient::problem,
                    "what is wrong with the address as it was given; empty if nothing"},
  };
};

// Whom the mail would go to, and whether we are to take it.
struct Destination {
  Path path;
  bool ours = false;
};

Destination followed(Path path, const policy::Policy& policy) {
  path = followed_path(std::move(path), policy);
  const bool ours = path.domain.empty() ? is_role(path, policy) : is_domain_of_ours(path.domain, policy);
  return {std::move(path), ours};
}

// {rcpt_addr} as a destination; nullopt: it names no domain. In a local domain the MTA has the last word:
// what it left of a % or ! is a letter. Mail for a relay domain goes on to another host that may still follow
// them, so we do (Postfix calls this allow_untrusted_routing). A source route that the MTA kept is followed
// likewise.
std::optional<Destination> by_mta(const RecipientCommand& command, const policy::Policy& policy) {
  const auto path = in_a_labels(split_address(command.mta_address));
  if (path.domain.empty() || !path.problem.empty()) return std::nullopt;
  if (path.routed && policy.is_ours(path.domain)) return followed(parse_path(command.mta_address), policy);
  if (path.routed) return Destination{path, false};
  if (policy.is_local(path.domain)) return Destination{path, true};
  return followed(path, policy);
}

// In this order:
//   1. A plain address of ours is ours, whatever the MTA makes of it: only its own maps can have sent it
//   elsewhere
//      (Sendmail's virtusertable), not the client.
//   2. The bare postmaster is ours (RFC 5321 4.5.1), whatever domain the MTA puts behind it.
//   3. The MTA's word. A refused recipient has the MTA's text in its place; a virtual alias domain has mailer
//      "error" but its address all the same (Postfix 3.7).
//   4. An address without domain is a local user (Sendmail): the RCPT argument says of which domain.
//   5. Our own reading of the RCPT argument.
Destination destination(const Path& asked, const RecipientCommand& command, const policy::Policy& policy) {
  if (is_plain(asked) && policy.is_ours(asked.domain)) return {asked, true};
  if (asked.domain.empty() && is_plain(asked) && is_role(asked, policy)) return {asked, true};
  // Of a longer one we may hold a piece only (kLongestWireText), and its end is not where the mail would go.
  const bool mta_speaks =
      !command.refused_by_mta && !command.mta_address.empty() && command.mta_address.size() <= kLongestPath;
  if (mta_speaks)
    if (auto resolved = by_mta(command, policy)) return *std::move(resolved);
  auto own = followed(asked, policy);
  const bool local_user = mta_speaks && command.mta_address.find('@') == std::string::npos;
  if (local_user && own.path.domain.empty() && !own.path.null) own.ours = true;
  return own;
}

policy::Value status_of(const Destination& to, bool role, const Env& env) {
  const bool asks = to.ours && !role && env.recipients && !to.path.domain.empty();
  if (!asks) return std::string(to_text(Status::known));
  const auto answer = env.recipients->find(to.path.local, to.path.domain);
  if (!answer) return answer.error();
  return std::string(to_text(*answer));
}

bool names_recipients(const policy::Condition& condition) {
  return condition.path == "message.recipients" || condition.path == "message.recipient_domains";
}

// How the rules of the message's end see a message for this recipient alone: whether it is a role address,
// and whether each condition on recipients holds.
std::vector<bool> kind_of(const Path& path, bool role, const policy::Policy& policy) {
  policy::FactSet alone;
  alone.put("message", policy::Fields{{"recipients", policy::TextList{path.address()}},
                                      {"recipient_domains", policy::TextList{path.domain}}});
  std::vector<bool> kind{role};
  const auto ask = [&](const std::vector<policy::Condition>& when) {
    for (const auto& condition : when)
      if (names_recipients(condition)) kind.push_back(holds(condition, alone) == policy::Truth::yes);
  };
  for (const auto& rule : policy.rules)
    if (rule.mode == policy::Mode::enforce) ask(rule.when);
  for (const auto& exception : policy.exceptions) ask(exception.when);
  return kind;
}

// Whether this recipient's kind is another than that of those accepted before, which all are of one kind.
bool differs(bool role, const Asking& asking) {
  const auto& accepted = asking.transaction.accepted;
  const auto& policy = asking.env.policy;
  if (accepted.empty()) return false;
  const auto first = followed(in_a_labels(parse_path(accepted.front())), policy);
  const bool first_role = first.ours && is_role(first.path, policy);
  // The message's facts have the argument's own reading: so has this.
  const auto own = followed(in_a_labels(parse_path(asking.transaction.recipient.path)), policy);
  return kind_of(own.path, role, policy) != kind_of(first.path, first_role, policy);
}

policy::Fact gather(const Asking& asking) {
  const auto& command = asking.transaction.recipient;
  const auto& policy = asking.env.policy;
  const auto asked = in_a_labels(parse_path(command.path));
  const auto to = destination(asked, command, policy);
  Recipient recipient{.address = to.path.address(), .domain = to.path.domain, .ours = to.ours};
  // Sendmail may have put the alias in place of abuse@: what was asked for counts as well.
  recipient.role = to.ours && (is_role(to.path, policy) || is_role(followed(asked, policy).path, policy));
  recipient.split = differs(recipient.role, asking);
  recipient.mta_refused = command.refused_by_mta;
  if (command.refused_by_mta) recipient.mta_text = command.mta_address;
  recipient.problem = asked.null ? "no address" : asked.problem.empty() ? to.path.problem : asked.problem;
  auto fact = policy::to_fact(recipient);
  // The source's trouble makes its own answer unknown, not whose mailbox it is: relay control goes on.
  for (auto& [name, value] : std::get<policy::Fields>(fact))
    if (name == "status") value = status_of(to, recipient.role, asking.env);
  return fact;
}

}  // namespace

extern const Check recipient_check{
    .doc = {.name = "recipient",
            .group = "recipient",
            .since = policy::Stage::rcpt,
            .summary =
                "Who is to get the mail, whether it is ours to take, and whether there is such a mailbox.",
            .doubt_reason = "directory-failure",
            .fields = policy::describe<Recipient>()},
    .free = false,  // a changed file of recipients may have to be read
    .after = {},
    .gather = gather,
};

}  // namespace milter
