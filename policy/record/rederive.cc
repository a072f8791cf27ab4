#include "policy/record/rederive.h"

#include <algorithm>
#include <limits>

#include "policy/derive.h"
#include "policy/record/write.h"
#include "policy/route.h"

namespace policy {
namespace {

// A group that is unavailable as a whole stays so: version 1 said it of groups that hold observations, too.
FactSet observed_only(const FactSet& facts, const DerivedFields& derived) {
  FactSet out;
  for (const auto& [group, why] : facts.silent_groups()) out.put_none(group, why);
  for (const auto& [path, value] : facts.fields())
    if (!derived.contains(path)) out.put(path, value);
  return out;
}

// Zones are named by a hash that the host's name is part of, and a policy may change that.
void rename_zones(const Policy& policy, const Host& before, const Host& now, std::vector<ListAsked>& lists) {
  if (before.name == now.name) return;
  for (auto& asked : lists) {
    const auto it = std::find_if(policy.lists.begin(), policy.lists.end(), [&](const List& list) {
      return zone_hash(list.zone, before) == asked.zone;
    });
    if (it != policy.lists.end()) asked.zone = zone_hash(it->zone, now);
  }
}

// ---- version 1 ----

const TextList* list_at(const FactSet& facts, FieldPath path) {
  const auto* value = facts.value(path);
  return value ? std::get_if<TextList>(value) : nullptr;
}

// What is known of a list-valued field is in it; what the silent lists would have said may be.
void open_list(FactSet& facts, FieldPath path, const Unavailable& why) {
  const auto* has = list_at(facts, path);
  if (!has) return;
  facts.put(path, InPart{.of = InPart::Of::list, .has = *has, .anything = true, .why = why});
}

void distrust(FactSet& facts) {
  const auto* problems = list_at(facts, "dnsbl.problems");
  if (problems && !problems->empty()) {
    const Unavailable why{problems->front()};
    for (const auto* path : {"dnsbl.listed", "dnsbl.allowed", "dnsbl.codes"}) open_list(facts, path, why);
    const auto* weight = facts.value("dnsbl.weight");
    const auto* number = weight ? std::get_if<std::int64_t>(weight) : nullptr;
    if (number)
      facts.put("dnsbl.weight", InPart{.of = InPart::Of::number,
                                       .at_least = *number,
                                       .at_most = std::numeric_limits<std::int64_t>::max(),
                                       .why = why});
  }
  // Its word for "DNS did not answer" is no word of the fact any more.
  if (facts.text("client.fcrdns") == "temperror") facts.put("client.fcrdns", Unavailable{"temperror"});
  const auto* result = facts.value("dmarc.result");
  const auto* why = result ? why_unknown(*result) : nullptr;
  if (why && list_at(facts, "dmarc.aligned_by")) facts.put("dmarc.aligned_by", *why);
}

// The lists that had something to say, as if they had been asked now. Those with nothing to say may not have
// been asked at all: version 1 does not tell.
std::vector<ListAsked> lists_of_codes(const FactSet& facts, const Policy& policy, const Host& host) {
  std::vector<ListAsked> out;
  const auto *codes = list_at(facts, "dnsbl.codes"), *problems = list_at(facts, "dnsbl.problems");
  if (!codes || (problems && !problems->empty())) return out;
  for (const auto& list : policy.lists) {
    ListAsked asked{.list = list.id, .zone = zone_hash(list.zone, host), .of = list.of};
    for (const auto& code : *codes)
      if (code.starts_with(list.id + "=")) asked.addresses.push_back(code.substr(list.id.size() + 1));
    if (!asked.addresses.empty()) out.push_back(std::move(asked));
  }
  return out;
}

// Without percent hacks, bang paths and source routes an address leads to its domain whoever reads it.
bool is_plain(std::string_view address) {
  const auto at = address.rfind('@');
  return at != std::string_view::npos && address.find_first_of("%!:@\"") == at;
}

bool is_role_address(const std::string& address, const Policy& policy) {
  return is_role(parse_path(address), policy);
}

// Where nobody rewrote it, an address alone says whose it is.
void put_recipient(const Record& record, const Policy& policy, FactSet& facts) {
  const std::string address(record.observed.facts.text("recipient.address"));
  if (!is_plain(address)) return;
  const bool ours = is_domain_of_ours(record.observed.facts.text("recipient.domain"), policy);
  facts.put("recipient.ours", ours);
  if (record.rcpt == TextList{address}) facts.put("recipient.role", ours && is_role_address(address, policy));
}

void put_message(const FactSet& logged, const Policy& policy, FactSet& facts) {
  const auto *recipients = list_at(logged, "message.recipients"),
             *domains = list_at(logged, "message.recipient_domains");
  if (!recipients || !domains || recipients->empty() || recipients->size() >= kLongestRecordList) return;
  if (!std::all_of(recipients->begin(), recipients->end(), is_plain)) return;
  facts.put("message.recipients", *recipients);
  facts.put("message.recipient_domains", *domains);
  facts.put("message.role", std::all_of(recipients->begin(), recipients->end(), [&](const std::string& one) {
              return is_role_address(one, policy);
            }));
}

// A group as another set of facts has it.
void restore(FactSet& facts, std::string_view group, const FactSet& from) {
  facts.forget_group(group);
  if (const auto* why = from.why_none_of(group)) facts.put_none(group, *why);
  for (const auto& [path, value] : from.fields())
    if (path.group() == group) facts.put(path, value);
}

Observed rederived_1(const Record& record, const Policy& policy, const DerivedFields& derived) {
  const auto host = host_of(record, policy);
  const auto& logged = record.observed.facts;
  const auto observed = observed_only(logged, derived);
  Observed out{.facts = observed, .lists = lists_of_codes(logged, policy, host)};
  // derive() would take the recipients of the message for none: they are not in the record.
  out.facts.forget_group("message");
  out.facts.forget_group("dmarc");
  derive(policy, host, out);
  if (observed.has("message")) restore(out.facts, "message", observed);
  // It may have been trusted by name.
  if (logged.text("client.ip").empty()) restore(out.facts, "client", observed);
  put_recipient(record, policy, out.facts);
  put_message(logged, policy, out.facts);
  return out;
}

}  // namespace

DerivedFields::DerivedFields(const Schema& schema) {
  for (const auto& check : schema.checks())
    for (const auto& field : check.fields) {
      if (!field.traits.derived) continue;
      const FieldPath path(check.group, field.name);
      all_.insert(path);
      if (!field.traits.evidence) paths_.push_back(path);
    }
}

Host host_of(const Record& record, const Policy& policy) {
  return {policy.site.name.empty() ? record.host : policy.site.name};
}

Observed rederived(const Record& record, const Policy& policy, const DerivedFields& derived) {
  if (record.v == 1 && record.policy != policy.fingerprint) return rederived_1(record, policy, derived);
  if (record.v == 1) {
    auto out = record.observed;
    distrust(out.facts);
    return out;
  }
  const auto host = host_of(record, policy);
  if (record.host == host.name && record.observed.dmarc_mode == dmarc_mode(policy))
    return derived_anew(record.observed, policy, host, derived);
  auto observed = record.observed;
  if (observed.dmarc_mode != dmarc_mode(policy)) observed.facts.forget_group("dmarc");
  rename_zones(policy, {record.host}, host, observed.lists);
  return derived_anew(observed, policy, host, derived);
}

Observed derived_anew(const Observed& observed, const Policy& policy, const Host& host,
                      const DerivedFields& derived) {
  Observed out{.facts = observed_only(observed.facts, derived),
               .recipient = observed.recipient,
               .accepted = observed.accepted,
               .lists = observed.lists,
               .dmarc_mode = observed.dmarc_mode};
  derive(policy, host, out);
  return out;
}

}  // namespace policy
