#include "policy/load/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "policy/domain.h"
#include "policy/load/loading.h"
#include "policy/load/value.h"
#include "policy/nearest.h"

namespace policy {
namespace {

constexpr auto kKeys = names(kListKeys);
constexpr auto kKeysOfCode = names(kCodeKeys);
constexpr std::array<std::string_view, 2> kForce{"on", "off"};
constexpr std::array<ListOf, 5> kSubjects{ListOf::client_ip, ListOf::helo, ListOf::sender_domain,
                                          ListOf::client_name, ListOf::from_domain};

constexpr Address::V4 kLoopback{127, 0, 0, 0};
constexpr Address::V4 kTrouble{127, 255, 255, 0};  // "your resolver is blocked" and the like: never a listing

// "127.0.0.2" or "127.0.0.10-11". The second is nullopt when it is no address; low <= high is not yet sure.
struct Range {
  Address low, high;
};
std::optional<Range> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = Address::parse(text.substr(0, dash));
  if (!low || !low->is_v4()) return std::nullopt;
  if (dash == std::string_view::npos) return Range{*low, *low};
  const auto last = text.substr(dash + 1);
  std::uint8_t octet = 0;
  const auto [end, failed] = std::from_chars(last.data(), last.data() + last.size(), octet);
  if (failed != std::errc() || end != last.data() + last.size()) return std::nullopt;
  Address::V4 high{};
  std::copy_n(low->bytes().begin(), high.size(), high.begin());
  high[3] = octet;
  return Range{*low, Address(high)};
}

// Why a list cannot have this return code; "" when it can.
std::string bad_code(const std::optional<Range>& range, const List& list) {
  if (!range) return "expected a return code such as 127.0.0.2 or 127.0.0.10-11";
  if (range->high < range->low) return "the range ends before it begins";
  if (!Network{Address(kLoopback), 8}.contains(range->low))
    return "return codes are in 127.0.0.0/8: any other answer means that the list is dead or rewritten";
  if (Network{Address(kTrouble), 24}.contains(range->low))
    return "127.255.255.0/24 means trouble between you and the list, never a listing";
  const bool overlaps = std::any_of(list.codes.begin(), list.codes.end(), [&](const ListCode& other) {
    return range->low <= other.high && other.low <= range->high;
  });
  return overlaps ? "this return code is given twice" : "";
}

// What follows a code: {means, weight}, or the meaning alone.
void read_meaning(const YamlValue& value, const List& list, ListCode& code, Findings& findings) {
  code.weight = list.allow ? 0 : 1;
  if (value.is_scalar()) {
    code.means = value.text();
    return;
  }
  const YamlMapping mapping(value, "a return code", kKeysOfCode, findings);
  mapping.require({"means"});
  code.means = mapping.text("means").value_or("");
  if (list.allow && mapping.has("weight"))
    findings.error(mapping.place_of("weight"),
                   "an allow list has no weight: its listings count as dnsbl.allowed");
  else
    code.weight = static_cast<int>(mapping.number("weight", {0, kMostWeight}).value_or(code.weight));
}

void read_codes(const YamlMapping& mapping, const std::string& name, List& list, Findings& findings) {
  const auto codes = mapping.find("codes");
  if (codes && !codes->is_mapping())
    findings.error(codes->at(),
                   fmt::format("expected a mapping of return codes, read {}", codes->described()));
  else if (!codes || codes->entries().empty())
    findings.error(mapping.at(),
                   fmt::format("{}: expected its return codes (codes): without them a dead list "
                               "that answers everything would refuse everybody",
                               name));
  if (!codes) return;
  for (const auto& [key, value] : codes->entries()) {
    const auto range = parse_range(key.text());
    if (const auto why = bad_code(range, list); !why.empty()) {
      findings.error(key.at(), fmt::format("{}, read {}", why, key.described()));
      continue;
    }
    ListCode code{range->low, range->high};
    read_meaning(value, list, code, findings);
    list.codes.push_back(std::move(code));
  }
}

// The page is printed in replies with facts in it: each placeholder must be one.
void read_lookup(const YamlMapping& mapping, List& list, const Loading& loading) {
  list.lookup = mapping.text("lookup").value_or("");
  if (list.lookup.empty()) return;
  const auto at = mapping.find("lookup")->at();
  if (!list.lookup.starts_with("https://") && !list.lookup.starts_with("http://"))
    loading.findings.error(at, "expected a page that begins with https://, read \"" + list.lookup + '"');
  for (auto open = list.lookup.find('{'); open != std::string::npos; open = list.lookup.find('{', open + 1)) {
    const auto close = list.lookup.find('}', open);
    const auto path = list.lookup.substr(open + 1, close == std::string::npos ? close : close - open - 1);
    if (close == std::string::npos || !loading.schema.find(path).field)
      loading.findings.error(at, fmt::format("there is no fact {{{}}}", path),
                             nearest(path, loading.schema.paths()));
  }
}

ListOf read_subject(const YamlMapping& mapping) {
  std::array<std::string_view, kSubjects.size()> words;
  std::transform(kSubjects.begin(), kSubjects.end(), words.begin(),
                 [](ListOf subject) { return to_text(subject); });
  const auto word = mapping.word("of", words);
  const auto it = std::find_if(kSubjects.begin(), kSubjects.end(),
                               [&](ListOf subject) { return to_text(subject) == word; });
  return it == kSubjects.end() ? ListOf::client_ip : *it;
}

List read_list_item(const YamlValue& item, const Loading& loading) {
  auto& findings = loading.findings;
  const auto name = title("list", item);
  const YamlMapping mapping(item, name, kKeys, findings);
  List list{.at = item.at()};
  list.id = read_id(mapping, findings).value_or("");
  list.name = mapping.text("name").value_or(list.id);
  mapping.require({"zone"});
  list.zone = normal_name(mapping.text("zone").value_or(""));
  // The zone may hold a key that was paid for: no message repeats it.
  if (mapping.has("zone") && !is_host_name(list.zone))
    findings.error(mapping.place_of("zone"), fmt::format("{}: its zone is not a domain name", name));
  list.of = read_subject(mapping);
  list.allow = mapping.flag("allow").value_or(false);
  read_lookup(mapping, list, loading);
  read_codes(mapping, name, list, findings);
  if (const auto force = mapping.word("force", kForce)) list.force = *force == "on" ? Force::on : Force::off;
  return list;
}

}  // namespace

std::vector<List> read_lists(const YamlMapping& root, const Loading& loading) {
  std::vector<List> lists;
  std::set<std::string> ids;
  for (const auto& item : root.list("lists", "lists")) {
    auto list = read_list_item(item, loading);
    if (!list.id.empty() && !ids.insert(list.id).second)
      loading.findings.error(item.at(), fmt::format("there are two lists with the id \"{}\"", list.id));
    lists.push_back(std::move(list));
  }
  return lists;
}

}  // namespace policy
