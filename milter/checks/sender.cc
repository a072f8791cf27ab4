#include <algorithm>
#include <optional>

#include "milter/checks/check.h"
#include "milter/mail/domain_form.h"
#include "milter/mail/path.h"
#include "policy/domain.h"

namespace milter {
namespace {

// The mail hosts that are looked up, best preference first: RFC 7208 4.6.4 stops at the same number. If a
// domain has more, nothing is said of all of them.
constexpr std::size_t kMostMailHosts = 10;

struct Sender {
  std::string address, domain;
  bool exists = true, null_mx = false, mail_host = true;
  policy::TextList mx, mx_address;
  std::string problem;
  static constexpr std::tuple fields{
      policy::Field{"address",
                    &Sender::address,
                    "the envelope sender; empty for the null sender",
                    {.kind = policy::Kind::mailbox}},
      policy::Field{"domain", &Sender::domain, "its domain, in lower case", {.kind = policy::Kind::domain}},
      policy::Field{"exists", &Sender::exists, "false only if DNS says that there is no such domain"},
      policy::Field{"null_mx", &Sender::null_mx, "the domain declares that it takes no mail (RFC 7505)"},
      policy::Field{"mail_host", &Sender::mail_host,
                    "false only if DNS says that it has neither MX nor address"},
      policy::Field{"mx", &Sender::mx, "its MX hosts, best first", {.kind = policy::Kind::domain}},
      policy::Field{"mx_address",
                    &Sender::mx_address,
                    "the addresses of its mail hosts; of ten hosts at most",
                    {.kind = policy::Kind::address}},
      policy::Field{
          "problem", &Sender::problem,
          "why no reply can reach the sender: \"syntax: …\", \"domain does not exist\", \"no mail host\", "
          "\"null MX\", \"MX points to loopback or private addresses only\"; empty if nothing is wrong"},
  };
};

std::string syntax_problem(const Path& path) {
  if (path.null) return "";
  if (!path.problem.empty()) return "syntax: " + path.problem;
  if (path.literal) return "";
  if (path.domain.find('.') == std::string::npos) return "syntax: domain is not fully qualified";
  return to_a_labels(path.domain).empty() ? "syntax: domain is no name for DNS" : "";
}

// What can be said without DNS, and whether anything is left to ask.
struct Envelope {
  Sender sender;
  bool ask = false;
};

Envelope read_envelope(const std::string& mail_from) {
  const auto path = parse_path(mail_from);
  Sender sender{.address = path.address(), .domain = path.domain, .problem = syntax_problem(path)};
  if (const auto name = to_a_labels(path.domain); !name.empty()) sender.domain = name;
  const bool ask = sender.problem.empty() && !path.null && !path.literal;
  return {std::move(sender), ask};
}

policy::TextList mail_hosts(const Records& mx) {
  policy::TextList hosts;
  for (const auto& exchanger : mx.exchangers)
    if (!exchanger.host.empty()) hosts.push_back(exchanger.host);
  return hosts;
}

// Both questions for each of the first kMostMailHosts hosts.
std::vector<Lookup> ask_addresses(Resolver& dns, const policy::TextList& hosts) {
  std::vector<Lookup> lookups;
  for (std::size_t i = 0; i < std::min(hosts.size(), kMostMailHosts); ++i) {
    lookups.push_back(dns.query(hosts[i], RecordType::a));
    lookups.push_back(dns.query(hosts[i], RecordType::aaaa));
  }
  return lookups;
}

void start(const Asking& asking) {
  const auto [sender, ask] = read_envelope(asking.transaction.mail_from);
  if (!ask) return;
  asking.env.dns.query(sender.domain, RecordType::mx)
      .on_done(
          [&dns = asking.env.dns, owner = asking.env.dns.owner(), domain = sender.domain](const Outcome& mx) {
            if (!mx || !mx->name_exists()) return;
            ask_addresses(dns, mx->kind == Records::Kind::found ? mail_hosts(*mx) : policy::TextList{domain});
          });
}

struct Addresses {
  policy::TextList all;
  bool any_public = false;
  std::optional<policy::Unavailable> trouble;  // the first answer that did not come
};

// All answers are waited for, also when one address would be enough: a fact must not depend on who was
// faster.
Addresses addresses_of(const std::vector<Lookup>& lookups, Deadline deadline) {
  Addresses found;
  for (const auto& lookup : lookups) {
    const auto* outcome = lookup.wait(deadline);
    if (!outcome || !*outcome) {
      if (!found.trouble)
        found.trouble = outcome ? unavailable(outcome->error()) : policy::Unavailable{"time budget"};
      continue;
    }
    for (const auto& address : (*outcome)->addresses) {
      found.all.push_back(address.text());
      found.any_public = found.any_public || address.is_public();
    }
  }
  return found;
}

using Answer = tl::expected<Sender, policy::Unavailable>;

// `hosts`: those of the MX records, or the domain itself where it has none (RFC 5321 5.1).
Answer with_hosts(Sender sender, const policy::TextList& hosts, const Asking& asking) {
  auto found = addresses_of(ask_addresses(asking.env.dns, hosts), asking.deadline);
  sender.mx_address = std::move(found.all);
  if (found.any_public || hosts.size() > kMostMailHosts) return sender;
  if (found.trouble) return tl::unexpected(*found.trouble);
  sender.mail_host = !sender.mx_address.empty() || !sender.mx.empty();
  sender.problem = !sender.mx_address.empty() ? "MX points to loopback or private addresses only"
                   : sender.mail_host         ? "no MX host has an address"
                                              : "no mail host";
  return sender;
}

Answer ask_dns(Sender sender, const Asking& asking) {
  const auto lookup = asking.env.dns.query(sender.domain, RecordType::mx);
  const auto* mx = lookup.wait(asking.deadline);
  if (!mx) return tl::unexpected(policy::Unavailable{"time budget"});
  if (!*mx) return tl::unexpected(unavailable(mx->error()));
  switch ((*mx)->kind) {
    case Records::Kind::no_name:
      sender.exists = sender.mail_host = false;
      sender.problem = "domain does not exist";
      return sender;
    case Records::Kind::no_data: {
      const policy::TextList self{sender.domain};
      return with_hosts(std::move(sender), self, asking);
    }
    case Records::Kind::found:
      break;
  }
  sender.mx = mail_hosts(**mx);
  sender.null_mx = sender.mx.empty();
  if (sender.null_mx) {
    sender.problem = "null MX";
    return sender;
  }
  const auto hosts = sender.mx;
  return with_hosts(std::move(sender), hosts, asking);
}

// Who the sender is stays known, whatever DNS does: a rule about sender.domain must not depend on the name
// servers of the very domain that it is about.
policy::Fact without_dns(const Sender& sender, const policy::Unavailable& why) {
  auto fact = policy::to_fact(sender);
  for (auto& [name, value] : std::get<policy::Fields>(fact))
    if (name != "address" && name != "domain") value = why;
  return fact;
}

policy::Fact gather(const Asking& asking) {
  auto [sender, ask] = read_envelope(asking.transaction.mail_from);
  if (!ask) return policy::to_fact(sender);
  const auto answer = ask_dns(sender, asking);
  return answer ? policy::to_fact(*answer) : without_dns(sender, answer.error());
}

}  // namespace

extern const Check sender_check{
    .doc = {.name = "sender",
            .group = "sender",
            .since = policy::Stage::mail,
            .summary = "The envelope sender, and whether a reply could reach it.",
            .doubt_reason = "dns-failure",
            .fields = policy::describe<Sender>()},
    .free = false,
    .after = {},
    .gather = gather,
    .start = start,
};

}  // namespace milter
