#include "milter/mail/from_field.h"

#include <algorithm>
#include <optional>
#include <span>

#include "milter/mail/header_tokens.h"
#include "policy/domain.h"
#include "policy/domain_form.h"

namespace milter {
namespace {

using Kind = HeaderToken::Kind;
using Tokens = std::span<const HeaderToken>;

struct Mailbox {
  std::string local, domain;
};

// What one element of the list, or the whole field, came to.
struct Finding {
  std::vector<Mailbox> mailboxes;
  std::string problem;
};
Finding trouble(std::string problem) { return {{}, std::move(problem)}; }

std::size_t count_of(Tokens tokens, char special) {
  return static_cast<std::size_t>(
      std::count_if(tokens.begin(), tokens.end(), [&](const auto& token) { return token.is(special); }));
}

std::size_t find(Tokens tokens, char special, std::size_t from = 0) {
  while (from < tokens.size() && !tokens[from].is(special)) ++from;
  return from;
}

bool is_text(const HeaderToken& token) { return token.kind == Kind::word || token.kind == Kind::quoted; }

std::string as_written(const HeaderToken& token) {
  if (token.kind != Kind::quoted) return token.text;
  std::string out = "\"";
  for (const char c : token.text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// The tokens right after '@' that make up a domain: words between dots (RFC 5322 4.4 obs-domain),
// or a literal.
std::size_t domain_length(Tokens tokens) {
  if (!tokens.empty() && tokens.front().kind == Kind::literal) return 1;
  std::size_t length = 0;
  for (bool dot = true; length < tokens.size(); ++length) {
    const auto& token = tokens[length];
    if (dot ? token.kind != Kind::word : !token.is('.')) break;
    dot = !dot;
  }
  return length;
}

// The tokens right before '@' that make up a local part: words between dots; more dots than allowed are seen
// in the wild, and harmless.
std::size_t local_length(Tokens tokens) {
  std::size_t length = 0;
  while (length < tokens.size()) {
    const auto& token = tokens[tokens.size() - 1 - length];
    const bool joined = length == 0 || token.is('.') || tokens[tokens.size() - length].is('.');
    if (!joined || (!is_text(token) && !token.is('.'))) break;
    ++length;
  }
  return length;
}

std::string joined(Tokens tokens) {
  std::string out;
  for (const auto& token : tokens) out += as_written(token);
  return out;
}

Finding mailbox(Tokens local, Tokens domain) {
  if (local.empty()) return trouble("an address without anything before the @");
  if (domain.empty()) return trouble("an address without a domain");
  if (domain.front().kind == Kind::literal) return trouble("an address literal in place of a domain");
  auto name = policy::to_a_labels(joined(domain));
  if (name.empty()) return trouble("an address whose domain is not a domain name");
  return {{{joined(local), std::move(name)}}, {}};
}

// RFC 5322 4.4 obs-route: "@a.example,@b.example:" before the address proper.
Tokens without_route(Tokens tokens) {
  if (tokens.empty() || !tokens.front().is('@')) return tokens;
  const auto colon = find(tokens, ':');
  return colon < tokens.size() ? tokens.subspan(colon + 1) : tokens;
}

// Between angle brackets there is an address and nothing else.
Finding in_brackets(Tokens tokens) {
  tokens = without_route(tokens);
  if (count_of(tokens, '@') == 0) return trouble("an address without a domain");
  if (count_of(tokens, '@') > 1) return trouble("more than one @ in an address");
  const auto at = find(tokens, '@');
  const auto local = tokens.first(at), domain = tokens.subspan(at + 1);
  const bool plain = std::all_of(local.begin(), local.end(),
                                 [](const auto& token) { return is_text(token) || token.is('.'); });
  if (!plain || domain_length(domain) != domain.size())
    return trouble("something else than an address between angle brackets");
  return mailbox(local, domain);
}

// An address that stands by itself, perhaps with words beside it.
Finding bare(Tokens tokens) {
  if (count_of(tokens, '@') == 0) return {};
  if (count_of(tokens, '@') > 1) return trouble("addresses without a comma between them");
  const auto at = find(tokens, '@');
  const auto after = tokens.subspan(at + 1);
  const auto local = tokens.first(at).last(local_length(tokens.first(at)));
  return mailbox(local, after.first(domain_length(after)));
}

// Whether words beside an address in angle brackets show an address of another domain, as "bank.example"
// in ceo@bank.example <a@evil.example>: some readers show that one. In quotes, and as "Tom @ Shop", it
// is a name.
bool misleads(Tokens beside, const Finding& found) {
  if (count_of(beside, '@') > 1) return true;
  const auto other = bare(beside);
  if (other.mailboxes.empty() || found.mailboxes.empty()) return false;
  const auto& domain = other.mailboxes.front().domain;
  return domain.find('.') != std::string::npos && domain != found.mailboxes.front().domain;
}

// One element between commas.
Finding element(Tokens tokens) {
  const auto open = find(tokens, '<');
  if (open == tokens.size()) return bare(tokens);
  const auto close = find(tokens, '>', open);
  if (close == tokens.size()) return trouble("an angle bracket that is not closed");
  if (count_of(tokens, '<') > 1) return trouble("addresses without a comma between them");
  auto found = in_brackets(tokens.subspan(open + 1, close - open - 1));
  if (misleads(tokens.first(open), found) || misleads(tokens.subspan(close + 1), found))
    return trouble("another address beside the one in angle brackets");
  return found;
}

// The element in front: up to a comma, or to the colon or semicolon of a group, outside angle brackets.
Tokens next_element(Tokens tokens) {
  bool inside = false;
  std::size_t end = 0;
  for (; end < tokens.size(); ++end) {
    const auto& token = tokens[end];
    if (token.is('<') || token.is('>')) inside = token.is('<');
    if (!inside && (token.is(',') || token.is(':') || token.is(';'))) break;
  }
  return tokens.first(end);
}

Finding mailboxes(Tokens tokens) {
  Finding all;
  while (!tokens.empty()) {
    const auto one = next_element(tokens);
    tokens = tokens.subspan(std::min(one.size() + 1, tokens.size()));
    auto found = element(one);
    if (!found.problem.empty()) return found;
    std::move(found.mailboxes.begin(), found.mailboxes.end(), std::back_inserter(all.mailboxes));
    if (all.mailboxes.size() > kMostAuthors)
      return trouble("more than " + std::to_string(kMostAuthors) + " addresses");
  }
  return all;
}

bool is_from(const HeaderField& field) { return is_named(field, "From"); }

FromField unusable(std::string problem, std::int64_t count) {
  return {.problem = std::move(problem), .count = count};
}

}  // namespace

FromField parse_from(std::string_view value) {
  const auto [tokens, lexical] = read_tokens(value);
  if (!lexical.empty()) return unusable("From field has " + lexical, 1);
  const auto [all, problem] = mailboxes(tokens);
  if (!problem.empty()) return unusable("From field has " + problem, 1);
  if (all.empty()) return unusable("From field without an address", 1);
  const auto& first = all.front();
  for (const auto& other : all)
    if (other.domain != first.domain) return unusable("From field with addresses of different domains", 1);
  return {.domain = first.domain, .address = first.local + '@' + first.domain, .count = 1};
}

FromField read_from(const std::vector<HeaderField>& headers) {
  const auto count = std::count_if(headers.begin(), headers.end(), is_from);
  if (count == 0) return unusable("no From field", 0);
  if (count > 1) return unusable(std::to_string(count) + " From fields", count);
  return parse_from(std::find_if(headers.begin(), headers.end(), is_from)->value);
}

}  // namespace milter
