#include "milter/auth/dmarc/walk.h"

#include <algorithm>

#include "milter/dns/suffix.h"

namespace milter {
namespace {

constexpr int kAllMail = 100;  // percent: RFC 9989 A.6 does without pct
constexpr std::size_t kLabelsAfterShortcut = kMostWalkQueries - 1;

std::size_t labels_in(std::string_view domain) {
  return 1 + static_cast<std::size_t>(std::count(domain.begin(), domain.end(), '.'));
}

std::string_view parent(std::string_view domain) {
  const auto dot = domain.find('.');
  return dot == std::string_view::npos ? std::string_view{} : domain.substr(dot + 1);
}

// The domain one label below `suffix` on the way to `domain`, which ends in it.
std::string one_below(std::string_view domain, std::string_view suffix) {
  const auto above = domain.size() - suffix.size() - 1;  // the dot before the suffix
  const auto dot = above == 0 ? std::string_view::npos : domain.rfind('.', above - 1);
  return std::string(dot == std::string_view::npos ? domain : domain.substr(dot + 1));
}

// Whether registrations happen below this place. The RFC believes the record alone; a registry that publishes
// one without psd=y would then be the organisation of all its customers, and one customer's signature would
// align with another's name. So a name on the public suffix list is one too, unless its record says psd=n.
bool is_suffix(const DmarcPlace& place) {
  if (place.record.psd != DmarcPsd::undeclared) return place.record.psd == DmarcPsd::yes;
  return is_public_suffix(place.domain);
}

// RFC 9989 4.10.2. `places`: where records are, the longest name first.
std::string organisation(const std::vector<DmarcPlace>& places, const std::string& start) {
  for (const auto& place : places) {
    if (place.record.psd == DmarcPsd::no) return place.domain;
    if (place.domain != start && is_suffix(place)) return one_below(start, place.domain);
  }
  return places.empty() ? start : places.back().domain;
}

// RFC 9989 4.10.1: the domain's own, else the organisation's, else the public suffix's, where the walk ended.
std::optional<DmarcPlace> applicable(const std::vector<DmarcPlace>& places, const DmarcDiscovery& found) {
  if (found.own || places.empty()) return found.own;
  const auto of_org = std::find_if(places.begin(), places.end(),
                                   [&](const DmarcPlace& place) { return place.domain == found.org_domain; });
  return of_org != places.end() ? *of_org : places.back();
}

std::vector<std::string> names_of(std::string_view domain, DmarcMode mode) {
  if (mode == DmarcMode::tree_walk) return walk_names(domain);
  std::vector<std::string> names{std::string(domain)};
  if (auto org = registrable_domain(domain); !org.empty() && org != domain) names.push_back(std::move(org));
  return names;
}

// One question's answer: at most one of the three.
struct PlaceAnswer {
  std::optional<DmarcPlace> place;
  std::string several;  // a sentence: there was more than one record
  std::optional<policy::Unavailable> trouble;
};

PlaceAnswer read(const std::string& domain, Answers& answers) {
  const auto* outcome = answers.of("_dmarc." + domain, RecordType::txt);
  if (outcome == nullptr) return {};
  if (!outcome->has_value()) return {.trouble = unavailable(outcome->error())};
  PlaceAnswer answer;
  std::size_t records = 0;
  for (const auto& text : (*outcome)->texts) {
    auto record = parse_dmarc(text);
    if (!record) continue;
    const bool too_long = text.size() > kLongestDmarcRecord;
    if (++records == 1)
      answer.place = DmarcPlace{domain, too_long ? std::string() : text, *std::move(record)};
  }
  if (records < 2) return answer;
  // RFC 9989 4.10 step 2: several are none.
  return {.several = std::to_string(records) + " DMARC records at _dmarc." + domain + " count as none"};
}

DmarcDiscovery walk(const std::string& domain, const std::vector<std::string>& names, Answers& answers) {
  DmarcDiscovery found;
  std::vector<DmarcPlace> places;
  for (const auto& name : names) {
    auto answer = read(name, answers);
    found.trouble = std::move(answer.trouble);
    if (found.trouble) return found;
    if (!answer.several.empty() && found.problem.empty()) found.problem = std::move(answer.several);
    if (!answer.place) continue;
    answer.place->record.percent = kAllMail;
    if (name == domain) found.own = answer.place;
    places.push_back(*std::move(answer.place));
    const auto& last = places.back();
    if (last.record.psd != DmarcPsd::undeclared || (last.domain != domain && is_suffix(last))) break;
  }
  found.org_domain = organisation(places, domain);
  found.applied = applicable(places, found);
  return found;
}

// RFC 7489 6.6.3: the registrable domain is asked only where the domain has no record; several
// records end it.
DmarcDiscovery two_places(const std::string& domain, const std::vector<std::string>& names,
                          Answers& answers) {
  DmarcDiscovery found;
  for (const auto& name : names) {
    auto answer = read(name, answers);
    found.trouble = std::move(answer.trouble);
    if (found.trouble) return found;
    found.problem = std::move(answer.several);
    if (answer.place) {
      answer.place->record.missing_subdomain.reset();
      answer.place->record.testing = false;
      if (name == domain) found.own = answer.place;
      found.applied = std::move(answer.place);
    }
    if (found.applied || !found.problem.empty()) break;
  }
  found.org_domain = registrable_domain(domain);
  return found;
}

}  // namespace

std::vector<std::string> walk_names(std::string_view domain) {
  std::vector<std::string> names{std::string(domain)};
  auto target = parent(domain);
  while (labels_in(target) > kLabelsAfterShortcut) target = parent(target);
  for (; !target.empty(); target = parent(target)) names.emplace_back(target);
  return names;
}

DmarcDiscovery discover(const std::string& domain, DmarcMode mode, Answers& answers) {
  const auto names = names_of(domain, mode);
  for (const auto& name : names) answers.of("_dmarc." + name, RecordType::txt);
  return mode == DmarcMode::tree_walk ? walk(domain, names, answers) : two_places(domain, names, answers);
}

}  // namespace milter
