#include "milter/auth/spf/evaluation.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "policy/domain.h"

namespace milter {
namespace {

using policy::Address;

SpfWord word_of(SpfQualifier qualifier) {
  switch (qualifier) {
    case SpfQualifier::pass:
      return SpfWord::pass;
    case SpfQualifier::fail:
      return SpfWord::fail;
    case SpfQualifier::softfail:
      return SpfWord::softfail;
    case SpfQualifier::neutral:
      return SpfWord::neutral;
  }
  return SpfWord::neutral;
}

// RFC 7208 4.3: a name that DNS can hold, of more than one label; an address literal is none.
bool is_domain(std::string_view domain) {
  return is_askable(domain) && domain.find('.') != std::string_view::npos && !domain.starts_with('[');
}

bool is_within(std::string_view name, std::string_view domain) {
  return policy::same_name(name, domain) || policy::is_below(name, domain);
}

std::vector<std::string_view> spf_records(const Records& records) {
  std::vector<std::string_view> found;
  for (const auto& text : records.texts)
    if (is_spf_record(text)) found.push_back(text);
  return found;
}

// Whether it has the local part in it, in %{l} or %{s}.
bool names_local_part(const MacroString& macros) {
  return uses_letter(macros, 'l') || uses_letter(macros, 's');
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool contains(const std::vector<Address>& addresses, const Address& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

}  // namespace

SpfResult SpfEvaluation::run(const SpfOptions& options) {
  SpfResult result{.domain = subject_.domain};
  auto finding = check_host(subject_.domain);
  result.lookups = lookups_.terms();
  if (!finding) {
    result.word = finding.error().word;
    result.problem = std::move(finding.error().problem);
    result.owner = finding.error().owner;
    result.record = record_;
    result.term = term_;
    return result;
  }
  result.word = finding->word;
  if (finding->word == SpfWord::fail && options.explanation && lookups_.open() == 0)
    result.explanation = explain(*finding);
  result.record = std::move(finding->record);
  result.term = std::move(finding->term);
  result.problem = std::move(finding->problem);
  return result;
}

SpfOr<SpfEvaluation::Finding> SpfEvaluation::check_host(std::string domain) {
  Finding none{.word = SpfWord::none, .domain = domain};
  if (!is_domain(domain)) {
    none.problem =
        fmt::format("{} is not a domain name of two labels or more", domain.empty() ? "it" : domain);
    return none;
  }
  const auto before = lookups_.open();
  const auto answer = lookups_.of(domain, RecordType::txt);
  if (!answer) return tl::unexpected(answer.error());
  const auto records = spf_records(**answer);
  if (records.empty() && lookups_.open() > before) return Finding{.word = SpfWord::neutral, .domain = domain};
  if (records.empty()) {
    none.problem =
        fmt::format("{} {}", domain, (*answer)->name_exists() ? "has no SPF record" : "does not exist");
    return none;
  }
  // An error here speaks of another domain's record if one was included or redirected to.
  const auto where = domain == subject_.domain ? "" : fmt::format("in the record of {}, ", domain);
  if (includes_ == 0) record_ = records.front();
  if (records.size() > 1) return spf_permerror(fmt::format("{}more than one SPF record", where));
  if (const auto counted = lookups_.count_octets(records.front().size()); !counted)
    return tl::unexpected(counted.error());
  const auto& record = records_.read(records.front());
  if (!record) return spf_permerror(where + record.error());
  auto finding = evaluate(*record, domain);
  if (finding && finding->domain == domain) finding->record = records.front();
  return finding;
}

SpfOr<SpfEvaluation::Finding> SpfEvaluation::evaluate(const SpfRecord& record, const std::string& domain) {
  for (const auto& term : record.terms) {
    if (includes_ == 0) term_ = term.text;
    if (lookups_.looks_no_further()) break;
    const auto match = matches(term, domain);
    if (!match) return tl::unexpected(match.error());
    if (*match)
      return Finding{.word = word_of(term.qualifier),
                     .domain = domain,
                     .term = term.text,
                     .explanation = record.explanation};
  }
  if (record.redirect) return redirect(record, domain);
  return Finding{.word = SpfWord::neutral, .domain = domain};  // RFC 7208 4.7
}

// RFC 7208 6.1.
SpfOr<SpfEvaluation::Finding> SpfEvaluation::redirect(const SpfRecord& record, const std::string& domain) {
  if (includes_ == 0) term_ = record.redirect_text;
  if (const auto counted = lookups_.count_term(); !counted) return tl::unexpected(counted.error());
  if (leads_nowhere(*record.redirect)) return Finding{.word = SpfWord::neutral, .domain = domain};
  const auto target = target_of(*record.redirect, domain);
  if (!target) return tl::unexpected(target.error());
  auto finding = check_host(*target);
  if (finding && finding->word == SpfWord::none)
    return spf_permerror(fmt::format("{}: {}", record.redirect_text, finding->problem));
  return finding;
}

SpfOr<bool> SpfEvaluation::matches(const SpfTerm& term, const std::string& domain) {
  if (term.mechanism == SpfMechanism::all) return true;
  if (!asks_dns(term.mechanism)) return term.network.contains(question_.client);
  if (const auto counted = lookups_.count_term(); !counted) return tl::unexpected(counted.error());
  if (leads_nowhere(term.target)) return false;
  const auto target = term.target.empty() ? domain : target_of(term.target, domain);
  if (!target) return tl::unexpected(target.error());
  switch (term.mechanism) {
    case SpfMechanism::include:
      return include(*target);
    case SpfMechanism::a:
      return address(term, *target);
    case SpfMechanism::mx:
      return exchanger(term, *target);
    case SpfMechanism::ptr:
      return pointer(*target);
    case SpfMechanism::exists:
      return exists(*target);
    case SpfMechanism::all:
    case SpfMechanism::ip4:
    case SpfMechanism::ip6:
      break;
  }
  return false;
}

// RFC 7208 5.2: only a pass matches.
SpfOr<bool> SpfEvaluation::include(const std::string& target) {
  ++includes_;
  const auto finding = check_host(target);
  --includes_;
  if (!finding) return tl::unexpected(finding.error());
  if (finding->word == SpfWord::none) return spf_permerror(fmt::format("include: {}", finding->problem));
  return finding->word == SpfWord::pass;
}

// RFC 7208 5.3.
SpfOr<bool> SpfEvaluation::address(const SpfTerm& term, const std::string& target) {
  const auto records = lookups_.of(target, address_type());
  if (!records) return tl::unexpected(records.error());
  if (const auto counted = lookups_.count_void(**records); !counted) return tl::unexpected(counted.error());
  const int prefix = question_.client.is_v4() ? term.prefix4 : term.prefix6;
  return SpfTermEvaluator::of_this_thread().among(question_.client, (*records)->addresses, prefix);
}

// RFC 7208 5.4. An exchanger without addresses of the client's family is no void lookup: else every IPv6
// client of a domain with three IPv4 exchangers would find a permerror.
SpfOr<bool> SpfEvaluation::exchanger(const SpfTerm& term, const std::string& target) {
  const auto records = lookups_.of(target, RecordType::mx);
  if (!records) return tl::unexpected(records.error());
  if (const auto counted = lookups_.count_void(**records); !counted) return tl::unexpected(counted.error());
  std::vector<std::string_view> hosts;
  for (const auto& exchanger : (*records)->exchangers)
    if (!exchanger.host.empty()) hosts.push_back(exchanger.host);  // a null MX has no host (RFC 7505)
  if (hosts.size() > kMostSpfHosts)
    return spf_permerror(fmt::format("{} has more than {} MX hosts", target, kMostSpfHosts));
  for (const auto host : hosts) lookups_.ask(host, address_type());
  std::vector<std::vector<Address>> addresses;
  for (const auto host : hosts) {
    const auto found = lookups_.of(host, address_type());
    if (!found) return tl::unexpected(found.error());
    addresses.push_back((*found)->addresses);
  }
  const int prefix = question_.client.is_v4() ? term.prefix4 : term.prefix6;
  return SpfTermEvaluator::of_this_thread().among_exchangers(question_.client, addresses, prefix);
}

// RFC 7208 5.5.
SpfOr<bool> SpfEvaluation::pointer(const std::string& target) {
  const auto pointers = lookups_.of_if_well(question_.client.reverse_name(), RecordType::ptr);
  if (!pointers) return tl::unexpected(pointers.error());
  if (*pointers == nullptr) return false;
  if (const auto counted = lookups_.count_void(**pointers); !counted) return tl::unexpected(counted.error());
  const auto names = client_names();
  if (!names) return tl::unexpected(names.error());
  std::vector<SpfPointer> found;
  for (const auto& name : *names)
    found.push_back({.below_target = is_within(name, target), .addresses = {question_.client}});
  return SpfTermEvaluator::of_this_thread().named(question_.client, found);
}

// RFC 7208 5.7: always A, whatever the client's family.
SpfOr<bool> SpfEvaluation::exists(const std::string& target) {
  const auto records = lookups_.of(target, RecordType::a);
  if (!records) return tl::unexpected(records.error());
  if (const auto counted = lookups_.count_void(**records); !counted) return tl::unexpected(counted.error());
  return SpfTermEvaluator::of_this_thread().exists(question_.client, (*records)->addresses);
}

SpfOr<std::vector<std::string>> SpfEvaluation::client_names() {
  const auto pointers = lookups_.of_if_well(question_.client.reverse_name(), RecordType::ptr);
  if (!pointers) return tl::unexpected(pointers.error());
  if (*pointers == nullptr) return std::vector<std::string>{};
  std::vector<std::string> names((*pointers)->names);
  names.resize(std::min(names.size(), kMostSpfHosts));
  for (const auto& name : names) lookups_.ask(name, address_type());
  std::vector<std::string> valid;
  for (const auto& name : names) {
    const auto records = lookups_.of_if_well(name, address_type());
    if (!records) return tl::unexpected(records.error());
    if (*records != nullptr && contains((*records)->addresses, question_.client)) valid.push_back(name);
  }
  return valid;
}

// RFC 7208 7.3: the domain itself, else a name below it, else any, else "unknown".
SpfOr<std::string> SpfEvaluation::client_name_for(const std::string& domain) {
  const auto before = lookups_.open();
  const auto names = client_names();
  if (!names) return tl::unexpected(names.error());
  // Whatever it is for, there is no name yet to ask with.
  if (lookups_.open() > before) return tl::unexpected(SpfStop{.problem = "%{p} is not known yet"});
  if (names->empty()) return "unknown";
  for (const auto& name : *names)
    if (policy::same_name(name, domain)) return name;
  for (const auto& name : *names)
    if (policy::is_below(name, domain)) return name;
  return names->front();
}

SpfOr<MacroValues> SpfEvaluation::values_for(const MacroString& macros, const std::string& domain) {
  if (uses_letter(macros, 'p')) {
    auto name = client_name_for(domain);
    if (!name) return tl::unexpected(name.error());
    client_name_ = *std::move(name);
  }
  return MacroValues{.local_part = subject_.local_part,
                     .sender_domain = subject_.domain,
                     .domain = domain,
                     .helo = question_.helo,
                     .receiver = question_.receiver,
                     .client_name = client_name_,
                     .client = question_.client,
                     .unix_time = question_.unix_time};
}

// RFC 8616 section 4: terms with %{s} or %{l} do not match anything where the local part is not ASCII.
bool SpfEvaluation::leads_nowhere(const MacroString& macros) const {
  return names_local_part(macros) && !is_ascii(subject_.local_part);
}

SpfOr<std::string> SpfEvaluation::target_of(const MacroString& macros, const std::string& domain) {
  const auto values = values_for(macros, domain);
  if (!values) return tl::unexpected(values.error());
  return policy::lower(expand_domain(macros, *values));
}

// RFC 7208 6.2: any trouble means that there is no explanation. The lookup does not count.
std::string SpfEvaluation::explain(const Finding& finding) {
  if (!finding.explanation || leads_nowhere(*finding.explanation)) return "";
  lookups_.halve_time();  // the result is known: the session's other checks need what is left
  const auto target = target_of(*finding.explanation, finding.domain);
  if (!target || !is_domain(*target)) return "";
  const auto records = lookups_.of(*target, RecordType::txt);
  if (!records || (*records)->texts.size() != 1) return "";
  const auto text = parse_macro_string((*records)->texts.front(), MacroUse::explanation);
  if (!text) return "";
  const auto values = values_for(*text, finding.domain);
  return values ? expand_text(*text, *values) : "";
}

}  // namespace milter
