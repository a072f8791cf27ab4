#include "policy/path.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/address.h"
#include "policy/domain.h"
#include "policy/text.h"

namespace policy {
namespace {

constexpr auto kNowhere = std::string_view::npos;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_ascii(c); });
}

// RFC 5322 3.2.3 atext, RFC 6531 3.3: and anything beyond ASCII.
bool is_atom_letter(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || !is_ascii(c) ||
         kMarks.find(c) != kNowhere;
}
bool is_dot_atom(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atom_letter(c); });
}

// The octets that a UTF-8 sequence beginning with `lead` has; 0: none begins so (RFC 3629 section 4).
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

// Overlong forms, surrogates and numbers beyond U+10FFFF all show in the second octet.
bool second_fits(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second <= 0x9f;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second <= 0x8f;
    default:
      return true;
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const auto length = sequence_length(lead);
    if (length == 0 || length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i)
      if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U) return false;
    if (length > 1 && !second_fits(lead, static_cast<unsigned char>(text[1]))) return false;
    text.remove_prefix(length);
  }
  return true;
}

void note(Path& path, std::string_view problem) {
  if (path.problem.empty()) path.problem = problem;
}

std::string_view without_brackets(std::string_view text, Path& path) {
  const bool opened = text.starts_with('<');
  const bool closed = text.ends_with('>');
  if (opened) text.remove_prefix(1);
  if (closed && !text.empty()) text.remove_suffix(1);
  if (opened && !closed) note(path, "no closing >");
  if (closed && !opened) note(path, "no opening <");
  return trimmed(text);
}

// The colon that ends a source route; those within an address literal do not count.
std::size_t end_of_route(std::string_view text) {
  bool in_literal = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') in_literal = true;
    if (text[i] == ']') in_literal = false;
    if (text[i] == ':' && !in_literal) return i;
  }
  return kNowhere;
}

std::string_view without_route(std::string_view text) {
  if (!text.starts_with('@')) return text;
  const auto colon = end_of_route(text);
  return colon == kNowhere ? text : text.substr(colon + 1);
}

struct Split {
  std::size_t at = kNowhere;  // the last @ outside quotes
  bool balanced = true;       // every quote is closed
};

Split find_at(std::string_view text) {
  Split split;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == '@' && !quoted)
      split.at = i;
  }
  split.balanced = !quoted;
  return split;
}

// "a b" and a\ b become a b. Quotes anywhere are taken off: an MTA may do so, and then look for routes.
std::string unquoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') continue;
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

bool is_quoted(std::string_view written) {
  return written.size() >= 2 && written.front() == '"' && written.back() == '"';
}

void read_local(std::string_view written, Path& path) {
  path.local = unquoted(written);
  const bool quoted = is_quoted(written);
  if (path.local.empty()) note(path, "empty local part");
  if (path.local.size() > kLongestLocalPart) note(path, "local part longer than 64 octets");
  if (std::any_of(written.begin(), written.end(), is_control))
    note(path, "control character in the local part");
  if (!is_utf8(written)) note(path, "local part is not UTF-8");
  if (!quoted && !written.empty() && !is_dot_atom(written)) note(path, "illegal character in the local part");
}

// "[192.0.2.1]" or "[IPv6:2001:db8::1]", RFC 5321 4.1.3. The tag is required for IPv6 and for nothing else.
std::optional<std::string> literal_domain(std::string_view written) {
  if (!written.starts_with('[') || !written.ends_with(']')) return std::nullopt;
  const auto inside = written.substr(1, written.size() - 2);
  const bool tagged = same_name(inside.substr(0, 5), "IPv6:");
  const auto address = Address::parse(inside);
  if (!address || tagged != (inside.substr(tagged ? 5 : 0).find(':') != kNowhere)) return std::nullopt;
  return (address->is_v4() ? "[" : "[ipv6:") + address->text() + "]";
}

std::string_view problem_of_domain(std::string_view domain) {
  if (domain.empty()) return "no domain";
  if (domain.size() > kLongestDomain) return "domain longer than 255 octets";
  if (!is_utf8(domain)) return "domain is not UTF-8";
  if (domain.starts_with('[')) return "malformed address literal";
  if (is_ascii(domain) && !is_host_name(domain)) return "malformed domain";
  if (std::any_of(domain.begin(), domain.end(), [](char c) { return is_control(c) || c == ' ' || c == '@'; }))
    return "malformed domain";
  return "";
}

void read_domain(std::string_view written, Path& path) {
  const auto literal = literal_domain(written);
  path.literal = literal.has_value();
  path.domain = literal ? *literal : normal_name(written);
  // Two trailing dots: kept, or whoever ignores one dot more would take the domain for ours.
  if (path.domain.ends_with('.')) path.domain = lower(written);
  if (!literal) note(path, problem_of_domain(path.domain));
}

void read_mailbox(std::string_view written, Path& path) {
  auto [at, balanced] = find_at(written);
  if (!balanced) {
    note(path, "unbalanced quote");
    at = written.rfind('@');
  }
  read_local(written.substr(0, at), path);
  // RFC 5321 4.1.1.3: the one mailbox that needs no domain.
  if (at == kNowhere && same_name(path.local, "postmaster")) return;
  read_domain(at == kNowhere ? std::string_view{} : written.substr(at + 1), path);
}

// What the local part means to a host that takes the mail for its own. False: it means a mailbox.
// UUCP's ! binds before %, as in Postfix (trivial-rewrite) and Sendmail.
bool route_onward(Path& path) {
  const std::string whole = std::exchange(path.local, {});
  const auto rest = without_route(whole);
  const auto at = rest.rfind('@');
  const auto bang = rest.find('!');
  const auto percent = rest.rfind('%');
  if (at == kNowhere && bang == kNowhere && percent == kNowhere) {
    path.local = rest;
    return false;
  }
  const auto cut = at != kNowhere ? at : bang != kNowhere ? bang : percent;
  const bool host_first = at == kNowhere && bang != kNowhere;
  const auto before = rest.substr(0, cut);
  const auto after = rest.substr(cut + 1);
  path.local = host_first ? after : before;
  read_domain(host_first ? before : after, path);
  return true;
}

}  // namespace

std::string Path::address() const {
  if (null) return "";
  std::string out;
  if (is_dot_atom(local)) {
    out = local;
  } else {
    out = "\"";
    for (const char c : local) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return domain.empty() ? out : out + "@" + domain;
}

Path parse_path(std::string_view text) {
  Path path;
  if (text.size() > kLongestPath) {
    path.problem = "longer than 1024 octets";
    return path;
  }
  text = without_brackets(trimmed(text), path);
  path.null = text.empty();
  if (path.null) return path;
  const auto mailbox = without_route(text);
  path.routed = mailbox.size() < text.size();
  if (text.starts_with('@') && !path.routed) note(path, "source route without a colon");
  read_mailbox(mailbox, path);
  if (path.address().size() > kLongestAddress) note(path, "longer than 254 octets");
  return path;
}

Path split_address(std::string_view address) {
  Path path;
  const auto mailbox = without_route(address);
  path.routed = mailbox.size() < address.size();
  const auto [outside, balanced] = find_at(address);
  const auto at = balanced ? outside : address.rfind('@');
  const auto written = address.substr(0, at);
  path.local = balanced && is_quoted(written) ? unquoted(written) : written;
  if (path.routed) {
    const auto hop = address.substr(1, address.size() - mailbox.size() - 2);
    path.local = mailbox;
    read_domain(hop.substr(0, hop.find(',')), path);
    return path;
  }
  read_domain(at == kNowhere ? std::string_view{} : address.substr(at + 1), path);
  return path;
}

Path resolve(Path path, const std::function<bool(std::string_view)>& ours) {
  for (int hop = 0; hop <= kMostHops; ++hop) {
    if (path.null || (!path.domain.empty() && !ours(path.domain))) return path;
    if (!route_onward(path)) return path;
    // user%@ours, !user@ours: onward to nobody. Whoever it is for, it is not a mailbox of ours.
    if (path.domain.empty()) return path;
  }
  note(path, "routed through more than 20 hosts");
  path.domain.clear();
  return path;
}

bool is_plain(const Path& path) {
  return path.problem.empty() && !path.routed && is_dot_atom(path.local) &&
         path.local.find_first_of("%!") == kNowhere;
}

bool is_role(const Path& path, const Policy& policy) {
  const bool postmaster = same_name(path.local, "postmaster");
  if (path.domain.empty()) return postmaster && !path.null;
  return (postmaster || same_name(path.local, "abuse")) && policy.is_ours(path.domain);
}

}  // namespace policy
