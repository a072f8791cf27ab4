#include "policy/derive_lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "policy/codes.h"

namespace policy {
namespace {

// The fields of a group of DNS lists.
struct Group {
  std::string_view name;
  FieldPath listed{name, "listed"}, weight{name, "weight"}, codes{name, "codes"}, allowed{name, "allowed"},
      problems{name, "problems"}, names{name, "names"}, means{name, "means"}, lookup{name, "lookup"},
      subject{name, "subject"};
};
const Group kDnsbl{"dnsbl"}, kDnsblFrom{"dnsbl_from"};

std::vector<Address> addresses_of(const TextList& texts) {
  std::vector<Address> out;
  for (const auto& text : texts)
    if (const auto address = Address::parse(text)) out.push_back(*address);
  return out;
}

// All documented codes of a list, as dnsbl.codes writes them.
void add_codes(const List& list, TextList& out) {
  for (const auto& code : list.codes) {
    auto bytes = Address::V4{};
    std::copy(code.low.bytes().begin(), code.low.bytes().end(), bytes.begin());
    for (int last = code.low.bytes()[3]; last <= code.high.bytes()[3]; ++last) {
      bytes[3] = static_cast<std::uint8_t>(last);
      out.push_back(list.id + "=" + Address(bytes).text());
    }
  }
}

// What may be besides what is known, and why nobody can say.
struct Open {
  TextList may, unasked;
  Unavailable why;  // of the first that gave no answer; given_up only if all were
  std::vector<OpenList> open;

  void add(const std::string& list, const std::string& reason, const ListAsked& asked) {
    const bool first = why.reason.empty();
    const bool given_up = asked.given_up && (first || why.given_up);
    if (first || (asked.owner == Owner::client && why.owner != Owner::client)) why = {reason, asked.owner};
    why.given_up = given_up;
    open.push_back({list, {reason, asked.owner, asked.given_up}});
  }
  Value list(TextList has) && {
    std::erase_if(
        may, [&](const std::string& one) { return std::find(has.begin(), has.end(), one) != has.end(); });
    if (may.empty() && unasked.empty()) return has;
    return InPart{.of = InPart::Of::list,
                  .has = std::move(has),
                  .may = std::move(may),
                  .why = std::move(why),
                  .open = std::move(open),
                  .unasked = std::move(unasked)};
  }
};

// The sum of one group's lists, and what is open.
class Tally {
 public:
  void unasked(const List& list) {
    (list.allow ? allow_ : block_).unasked.push_back(list.id);
    both_.unasked.push_back(list.id);
    weight_open_ += heaviest(list);
  }

  void answered(const List& list, const ListAsked& asked) {
    if (!asked.doubt.empty()) return open(list, asked, asked.doubt, 0);
    if (!asked.trouble.empty())
      return open(list, asked, fmt::format("{} for {}", asked.trouble, asked.subject), 0);
    const auto addresses = addresses_of(asked.addresses);
    const auto reading = read_answer(list, addresses);
    const auto counted = add_listings(list, asked, reading.listings);
    // What it said besides is not understood: there may be more against the client, or for him.
    for (const auto& problem : reading.problems) open(list, asked, problem, counted);
  }

  void put(const Group& group, FactSet& facts) && {
    Value weight = weight_;
    if (weight_open_ > 0)
      weight = InPart{.of = InPart::Of::number,
                      .at_least = weight_,
                      .at_most = weight_ + weight_open_,
                      .why = block_.why,
                      .open = block_.open,
                      .unasked = block_.unasked};
    facts.put(group.listed, std::move(block_).list(std::move(listed_)));
    facts.put(group.weight, std::move(weight));
    facts.put(group.codes, std::move(both_).list(std::move(codes_)));
    facts.put(group.allowed, std::move(allow_).list(std::move(allowed_)));
    facts.put(group.problems, std::move(problems_));
    facts.put(group.names, std::move(names_));
    facts.put(group.means, fmt::format("{}", fmt::join(means_, ", ")));
    facts.put(group.lookup, std::move(lookup_));
    facts.put(group.subject, std::move(subject_));
  }

 private:
  // `counted`: the part of its weight that is known already.
  void open(const List& list, const ListAsked& asked, const std::string& why, std::int64_t counted) {
    const auto problem = list.id + ": " + why;
    problems_.push_back(problem);
    auto& one = list.allow ? allow_ : block_;
    const bool again = std::find(one.may.begin(), one.may.end(), list.id) != one.may.end();
    one.add(list.id, problem, asked);
    both_.add(list.id, problem, asked);
    if (again) return;
    if (list.allow || heaviest(list) > 0) one.may.push_back(list.id);
    if (!list.allow) weight_open_ += std::max<std::int64_t>(0, heaviest(list) - counted);
    add_codes(list, both_.may);
  }

  // The weight that they add.
  std::int64_t add_listings(const List& list, const ListAsked& asked, const std::vector<Listing>& all) {
    std::int64_t weight = 0;
    bool listed = false;
    for (const auto& listing : all) {
      codes_.push_back(list.id + "=" + listing.code);
      if (!weighs(list, listing)) continue;
      listed = true;
      weight += listing.weight;
      if (!list.allow) add_meaning(listing.means);
    }
    if (listed && list.allow) allowed_.push_back(list.id);
    if (listed && !list.allow) add_blocked(list, asked, weight);
    return list.allow ? 0 : weight;
  }

  void add_meaning(const std::string& means) {
    if (!means.empty() && std::find(means_.begin(), means_.end(), means) == means_.end())
      means_.push_back(means);
  }

  void add_blocked(const List& list, const ListAsked& asked, std::int64_t weight) {
    listed_.push_back(list.id);
    names_.push_back(display_name(list));
    weight_ += weight;
    if (weight <= heaviest_) return;
    heaviest_ = weight;
    lookup_ = lookup_url(list, asked.subject);
    subject_ = asked.subject;
  }

  Open block_, allow_, both_;
  TextList listed_, codes_, allowed_, problems_, names_, means_;
  std::string lookup_, subject_;
  std::int64_t weight_ = 0, weight_open_ = 0, heaviest_ = 0;
};

// A list that the operator believes now was not asked if it did not count then; nor was one that he does not
// believe any longer, for nobody looked whether it counted.
bool was_asked(const List& list, const ListAsked& asked) {
  return list.force == Force::on ? asked.forced || asked.doubt.empty() : !asked.forced;
}

// By what the list is, not by its id, which a new policy may have changed.
const ListAsked* answer_of(const List& list, const Host& host, const std::vector<ListAsked>& all) {
  const auto zone = zone_hash(list.zone, host);
  const auto it = std::find_if(all.begin(), all.end(), [&](const ListAsked& asked) {
    return asked.of == list.of && asked.zone == zone && was_asked(list, asked);
  });
  return it == all.end() ? nullptr : &*it;
}

void derive_group(const Group& group, const Policy& policy, const Host& host, Observed& observed) {
  Tally tally;
  bool any = false, heard = false;
  for (const auto& list : policy.lists) {
    if (group_of(list) != group.name || list.force == Force::off) continue;
    any = true;
    const auto* asked = answer_of(list, host, observed.lists);
    heard |= asked != nullptr;
    if (asked)
      tally.answered(list, *asked);
    else
      tally.unasked(list);
  }
  if (!any || heard) std::move(tally).put(group, observed.facts);
}

}  // namespace

std::string_view group_of(const List& list) {
  return (list.of == ListOf::from_domain ? kDnsblFrom : kDnsbl).name;
}

void derive_lists(const Policy& policy, const Host& host, Observed& observed) {
  derive_group(kDnsbl, policy, host, observed);
  derive_group(kDnsblFrom, policy, host, observed);
}

}  // namespace policy
