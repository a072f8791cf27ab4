#include "policy/derive.h"

#include <algorithm>
#include <optional>

#include "policy/derive_lists.h"
#include "policy/domain.h"
#include "policy/kind.h"
#include "policy/route.h"

namespace policy {
namespace {

namespace client {
const FieldPath kIp("client.ip"), kAuthenticated("client.authenticated"), kLocal("client.local"),
    kTrusted("client.trusted");
}
namespace helo {
const FieldPath kName("helo.name"), kOurs("helo.ours");
}
namespace recipient {
const FieldPath kAddress("recipient.address"), kDomain("recipient.domain"), kOurs("recipient.ours"),
    kStatus("recipient.status"), kRole("recipient.role"), kProblem("recipient.problem"),
    kSplit("recipient.split");
}
namespace message {
const FieldPath kSize("message.size"), kRecipients("message.recipients"),
    kDomains("message.recipient_domains"), kRole("message.role"), kMixed("message.mixed");
}

bool in_trusted_network(const Policy& policy, std::string_view ip) {
  const auto address = ip.empty() ? std::nullopt : Address::parse(ip);
  return address && std::any_of(policy.trusted.networks.begin(), policy.trusted.networks.end(),
                                [&](const Network& network) { return network.contains(*address); });
}

void derive_client(const Policy& policy, FactSet& facts) {
  if (!facts.value(client::kIp)) return;
  const bool trusted = (facts.flag(client::kAuthenticated) && policy.trusted.authenticated) ||
                       facts.flag(client::kLocal) || in_trusted_network(policy, facts.text(client::kIp));
  facts.put(client::kTrusted, trusted);
}

// Only names that stand in the policy as they are: below "*.example.net" live our users' machines.
bool is_our_name(std::string_view name, const Policy& policy, const Host& host) {
  const auto is_name = [&](const std::string& pattern) {
    const auto normal = normal_name(pattern);
    return normal == name || normal == "[" + std::string(name) + "]";
  };
  return !name.empty() && (is_name(host.name) ||
                           std::any_of(policy.domains.local.begin(), policy.domains.local.end(), is_name));
}

void derive_helo(const Policy& policy, const Host& host, FactSet& facts) {
  if (!facts.value(helo::kName)) return;
  const bool ours = !facts.flag(client::kTrusted) && is_our_name(facts.text(helo::kName), policy, host);
  facts.put(helo::kOurs, ours);
}

// A recipient as the policy sees him.
struct Seen {
  Path asked;
  Destination to;
  bool role = false;
};

Seen see(const Policy& policy, const RecipientAsked& recipient) {
  Seen seen{.asked = in_a_labels(parse_path(recipient.path)), .to = {}};
  seen.to = destination(seen.asked, {recipient.mta_address, recipient.refused}, policy);
  // Sendmail may have put the alias in place of abuse@: what was asked for counts as well.
  seen.role =
      seen.to.ours && (is_role(seen.to.path, policy) || is_role(followed_path(seen.asked, policy), policy));
  return seen;
}

const RecipientSource* source_of(const Policy& policy, const Seen& seen) {
  if (!seen.to.ours || seen.role || seen.to.path.domain.empty()) return nullptr;
  const auto it = std::find_if(
      policy.recipients.begin(), policy.recipients.end(),
      [&](const RecipientSource& source) { return matches_domain(seen.to.path.domain, source.domain); });
  return it == policy.recipients.end() ? nullptr : &*it;
}

// Empty: the source that this policy asks was not asked.
std::optional<Value> status_of(const Policy& policy, const Seen& seen, const RecipientAsked& recipient) {
  const auto* source = source_of(policy, seen);
  if (!source) return std::string("known");
  if (!recipient.answer || recipient.answer->source != source_key(*source)) return std::nullopt;
  if (recipient.answer->why) return *recipient.answer->why;
  return recipient.answer->status;
}

// What a recipient alone is, in the groups `recipient` and `message`.
void put_recipient(const Policy& policy, const RecipientAsked& asked, FactSet& facts) {
  const auto seen = see(policy, asked);
  const auto& problem = seen.asked.problem.empty() ? seen.to.path.problem : seen.asked.problem;
  facts.put(recipient::kAddress, seen.to.path.address());
  facts.put(recipient::kDomain, seen.to.path.domain);
  facts.put(recipient::kOurs, seen.to.ours);
  if (auto status = status_of(policy, seen, asked))
    facts.put(recipient::kStatus, std::move(*status));
  else
    facts.forget(recipient::kStatus);
  facts.put(recipient::kRole, seen.role);
  facts.put(recipient::kProblem, seen.asked.null ? std::string("no address") : problem);
}

void put_message(const Policy& policy, const std::vector<RecipientAsked>& recipients, FactSet& facts) {
  TextList addresses, domains;
  bool role = !recipients.empty();
  for (const auto& recipient : recipients) {
    const auto path = followed_path(in_a_labels(parse_path(recipient.path)), policy);
    addresses.push_back(path.address());
    role = role && is_role(path, policy);
    if (!path.domain.empty() && std::find(domains.begin(), domains.end(), path.domain) == domains.end())
      domains.push_back(path.domain);
  }
  facts.put(message::kRecipients, std::move(addresses));
  facts.put(message::kDomains, std::move(domains));
  facts.put(message::kRole, role);
}

std::vector<Truth> kind_of(const Policy& policy, const RecipientAsked& recipient, const FactSet& facts) {
  FactSet own;
  put_recipient(policy, recipient, own);
  put_message(policy, {recipient}, own);
  return kind_of(policy, facts, own);
}

bool is_judged(const FactSet& facts) {
  return !facts.flag(client::kTrusted) && !facts.flag(client::kAuthenticated);
}

// Empty: what tells them apart is a source of recipients that nobody has asked, as a log of another policy has it.
std::optional<bool> differ(const std::vector<Truth>& a, const std::vector<Truth>& b) {
  bool asked = true;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const bool both = a[i] != Truth::not_asked && b[i] != Truth::not_asked;
    if (both && a[i] != b[i]) return true;
    asked &= both;
  }
  return asked ? std::optional(false) : std::nullopt;
}

void derive_recipient(const Policy& policy, Observed& observed) {
  auto& facts = observed.facts;
  if (!observed.recipient) return;
  put_recipient(policy, *observed.recipient, facts);
  const bool alone = observed.accepted.empty() || !is_judged(facts) || !has_kinds(policy);
  const auto split = alone ? std::optional(false)
                           : differ(kind_of(policy, *observed.recipient, facts),
                                    kind_of(policy, observed.accepted.front(), facts));
  if (split) facts.put(recipient::kSplit, *split);
}

// Only clients that are never split bring recipients of several kinds.
void derive_message(const Policy& policy, Observed& observed) {
  auto& facts = observed.facts;
  const auto& all = observed.accepted;
  if (!facts.value(message::kSize)) return;
  put_message(policy, all, facts);
  bool mixed = false;
  if (all.size() > 1 && !is_judged(facts) && has_kinds(policy)) {
    const auto first = kind_of(policy, all.front(), facts);
    // In doubt they are: then an accept of rcpt does not count for them all.
    mixed = std::any_of(all.begin() + 1, all.end(), [&](const RecipientAsked& recipient) {
      return differ(kind_of(policy, recipient, facts), first).value_or(true);
    });
  }
  facts.put(message::kMixed, mixed);
}

}  // namespace

void derive(const Policy& policy, const Host& host, Observed& observed) {
  derive_client(policy, observed.facts);
  derive_helo(policy, host, observed.facts);
  derive_lists(policy, host, observed);
  derive_recipient(policy, observed);
  derive_message(policy, observed);
}

const RecipientSource* source_for(const Policy& policy, const RecipientAsked& recipient) {
  return source_of(policy, see(policy, recipient));
}

}  // namespace policy
