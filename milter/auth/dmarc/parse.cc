#include "milter/auth/dmarc/parse.h"

#include <algorithm>
#include <map>

#include "policy/domain.h"
#include "policy/text.h"

namespace milter {
namespace {

constexpr int kAllMail = 100;  // percent

bool is_wsp(char c) { return c == ' ' || c == '\t'; }
bool is_printable(char c) { return c >= 0x20 && c <= 0x7E; }  // RFC 9989 4.8 dmarc-value

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_wsp(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_wsp(text.back())) text.remove_suffix(1);
  return text;
}

struct Tag {
  std::string_view name, value;
};

// "name = value"; an empty name means that this is no tag.
Tag split_tag(std::string_view piece) {
  const auto equals = piece.find('=');
  if (equals == std::string_view::npos) return {};
  return {trimmed(piece.substr(0, equals)), trimmed(piece.substr(equals + 1))};
}

bool is_version(std::string_view piece) {
  if (!piece.starts_with('v')) return false;  // no white space before it, unlike before the other tags
  const auto [name, value] = split_tag(piece);
  return name == "v" && value == "DMARC1";
}

// The pieces between semicolons, one at a time.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> next() {
    if (done_) return std::nullopt;
    const auto end = rest_.find(';');
    const auto piece = rest_.substr(0, end);
    done_ = end == std::string_view::npos;
    if (!done_) rest_.remove_prefix(end + 1);
    return piece;
  }

 private:
  std::string_view rest_;  // of the record's text, which the caller keeps
  bool done_ = false;
};

using Tags =
    std::map<std::string_view, std::optional<std::string_view>>;  // no value: given twice, or not valid

bool is_value(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), is_printable);
}

struct Reading {
  Tags tags;
  std::string problem;
};

Reading read_tags(Pieces pieces) {
  Reading out;
  while (const auto piece = pieces.next()) {
    if (trimmed(*piece).empty()) continue;
    const auto [name, value] = split_tag(*piece);
    if (name.empty() || !std::all_of(name.begin(), name.end(), policy::is_letter)) {
      out.problem = "something between two semicolons is not a tag";
      continue;
    }
    const auto given = is_value(value) ? std::optional(value) : std::nullopt;
    const auto [place, first] = out.tags.emplace(name, given);
    if (first) continue;
    place->second.reset();
    out.problem = std::string(name) + "= is given more than once";
  }
  return out;
}

std::optional<DmarcPolicy> policy_of(std::string_view word) {
  for (const auto policy : {DmarcPolicy::none, DmarcPolicy::quarantine, DmarcPolicy::reject})
    if (policy::same_name(word, to_text(policy))) return policy;
  return std::nullopt;
}

bool says(const Tags& tags, std::string_view name, std::string_view word) {
  const auto tag = tags.find(name);
  return tag != tags.end() && tag->second && policy::same_name(*tag->second, word);
}

// RFC 7489 6.3 pct: 0 to 100; else its default.
int percent_of(const Tags& tags) {
  constexpr std::size_t kMostDigits = 3;
  const auto tag = tags.find("pct");
  if (tag == tags.end() || !tag->second || tag->second->size() > kMostDigits) return kAllMail;
  int percent = 0;
  for (const char c : *tag->second) {
    if (!policy::is_digit(c)) return kAllMail;
    percent = percent * 10 + (c - '0');
  }
  return std::min(percent, kAllMail);
}

DmarcRecord too_long() {
  DmarcRecord record;
  record.applies = false;
  record.problem = "the record is longer than " + std::to_string(kLongestDmarcRecord) + " octets";
  return record;
}

// RFC 3986 3, as much as tells an address from a slip; for mailto there must be something around an '@'.
bool is_report_address(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0 || !policy::is_letter(uri.front())) return false;
  const auto scheme = uri.substr(0, colon);
  const auto rest = uri.substr(colon + 1);
  if (!std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return policy::is_letter(c) || policy::is_digit(c) || c == '+' || c == '-' || c == '.';
      }))
    return false;
  if (rest.find_first_of(" \t<>\"") != std::string_view::npos) return false;
  if (!policy::same_name(scheme, "mailto")) return !rest.empty();
  const auto at = rest.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < rest.size();
}

bool has_report_address(const Tags& tags) {
  const auto tag = tags.find("rua");
  if (tag == tags.end() || !tag->second) return false;
  auto rest = *tag->second;
  for (;;) {
    const auto comma = rest.find(',');
    if (is_report_address(trimmed(rest.substr(0, comma)))) return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
}

// The three requests, or what is wrong with them.
struct Requests {
  std::optional<DmarcPolicy> p, sp, np;
  std::string problem;
};

Requests read_requests(const Tags& tags) {
  Requests out;
  const auto read = [&](std::string_view name) -> std::optional<DmarcPolicy> {
    const auto tag = tags.find(name);
    if (tag == tags.end()) return std::nullopt;
    const auto policy = tag->second ? policy_of(*tag->second) : std::nullopt;
    if (!policy) out.problem = std::string(name) + "= is not none, quarantine or reject";
    return policy;
  };
  out.np = read("np");
  out.sp = read("sp");
  out.p = read("p");
  if (!tags.contains("p")) out.problem = "p= is missing";
  return out;
}

}  // namespace

std::string_view to_text(DmarcPolicy policy) {
  switch (policy) {
    case DmarcPolicy::none:
      return "none";
    case DmarcPolicy::quarantine:
      return "quarantine";
    case DmarcPolicy::reject:
      return "reject";
  }
  return "none";
}

std::optional<DmarcRecord> parse_dmarc(std::string_view text) {
  Pieces pieces(text);
  if (!is_version(pieces.next().value_or(""))) return std::nullopt;
  if (text.size() > kLongestDmarcRecord) return too_long();
  const auto [tags, problem] = read_tags(pieces);
  const auto requests = read_requests(tags);

  DmarcRecord record;
  record.strict_dkim = says(tags, "adkim", "s");
  record.strict_spf = says(tags, "aspf", "s");
  record.testing = says(tags, "t", "y");
  record.percent = percent_of(tags);
  if (says(tags, "psd", "y")) record.psd = DmarcPsd::yes;
  if (says(tags, "psd", "n")) record.psd = DmarcPsd::no;
  record.problem = requests.problem.empty() ? problem : requests.problem;
  if (!requests.problem.empty()) {
    record.applies = has_report_address(tags);
    return record;  // "none" in every respect
  }
  record.policy = requests.p.value_or(DmarcPolicy::none);
  record.subdomain = requests.sp;
  record.missing_subdomain = requests.np;
  return record;
}

}  // namespace milter
