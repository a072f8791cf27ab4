// No facts, however hostile, break a reply's form, in any reason of the shipped catalogue.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <random>

#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "tests/unit/reply/all_facts.h"

using namespace std::string_literals;

namespace policy {
namespace {

constexpr int kRounds = 60'000;

std::size_t below(std::mt19937& random, std::size_t n) { return random() % n; }

std::string hostile_text(std::mt19937& random) {
  static const std::array<std::string, 28> kPieces{"550 5.7.1 ",
                                                   "250 2.0.0 ok ",
                                                   "250-",
                                                   "5.1.1 ",
                                                   "\r\n",
                                                   "\n.\r\n",
                                                   "%s",
                                                   "%n%n",
                                                   "%",
                                                   "ref=",
                                                   "REF=AAAA",
                                                   "https://evil.example/",
                                                   "http://",
                                                   "javascript:",
                                                   "{ref}",
                                                   "{client.ip}",
                                                   "[[",
                                                   "]]",
                                                   "\xC3\xA9",
                                                   "\xE2\x80\xAE",
                                                   "\x1b[2J",
                                                   "\0"s,
                                                   "\x7f",
                                                   "  ",
                                                   "\"><",
                                                   "a@b.example",
                                                   "xn--bcher-kva.example",
                                                   "192.0.2.1"};
  std::string out;
  switch (below(random, 6)) {
    case 0:
      for (auto n = below(random, 60); n > 0; --n) out += static_cast<char>(random());
      return out;
    case 1:
      return std::string(10'240, static_cast<char>(random()));
    case 2:
      return std::string(below(random, 300), 'a') + "." + std::string(below(random, 300), 'b');
    default:
      for (auto n = below(random, 12); n > 0; --n) out += kPieces[below(random, kPieces.size())];
      return out;
  }
}

// Of any type, but a list only where the check tells one: room is kept for lists by the schema.
Value hostile_value(std::mt19937& random, bool many) {
  switch (below(random, 8)) {
    case 0:
      return Unavailable{hostile_text(random)};
    case 1:
      return static_cast<std::int64_t>(random()) * INT32_MIN;
    case 2:
      return below(random, 2) == 0;
    default:
      if (many) return TextList{hostile_text(random), hostile_text(random), hostile_text(random)};
      return hostile_text(random);
  }
}

FactSet hostile_facts(std::mt19937& random, const ReplyTemplate& entry) {
  FactSet out;
  for (const auto& [path, kind] : entry.kinds)
    if (below(random, 8) > 0)
      out.put(group_of(path), Fields{{std::string(field_of(path)),
                                      hostile_value(random, all_facts().find(path).field->many)}});
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits instead of N: "NNN " matches "550 ".
bool looks_like(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'N' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  return true;
}

bool begins_like_a_code(std::string_view line) {
  return looks_like(line, "NNN ") || looks_like(line, "NNN-") || looks_like(line, "N.N.N ");
}

bool has_a_code_inside(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at)
    if ((at == 0 || line[at - 1] == ' ') &&
        (looks_like(line.substr(at), "NNN N.N.N ") || looks_like(line.substr(at), "NNN-N.N.N ")))
      return true;
  return false;
}

// A link that is neither to our help pages nor to a list's own page, which is configured.
bool has_a_foreign_link(std::string_view line, const Site& site) {
  for (auto at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 1)) {
    const auto before = line.substr(0, at);
    const bool help = !site.help.empty() && line.starts_with("See " + site.help) && at < 10;
    if (!help && !before.ends_with("removal at https") && !before.ends_with("removal at http")) return true;
  }
  return false;
}

// What a stranger must not get into a reply, beyond its form.
std::string abuse(const Reply& reply, const Site& site) {
  for (const auto& line : reply.lines) {
    if (begins_like_a_code(line)) return "a line begins like a code: " + line;
    if (has_a_code_inside(line)) return "a code inside: " + line;
    if (has_a_foreign_link(line, site)) return "a foreign link: " + line;
  }
  return "";
}

int run() {
  const auto& catalogue = shipped_catalogue(all_facts());
  std::mt19937 random(550);
  const std::array<Site, 2> sites{
      Site{},
      Site{.name = "mx1.example.net", .help = "https://help.example.net/550", .contact = "pm@example.net"}};
  int fallbacks = 0;
  for (int round = 0; round < kRounds; ++round) {
    auto entry = catalogue.begin();
    std::advance(entry, static_cast<std::ptrdiff_t>(below(random, catalogue.size())));
    const auto facts = hostile_facts(random, entry->second);
    const auto& site = sites[below(random, 2)];
    const auto action = below(random, 2) == 0 ? Action::reject : Action::defer;
    const auto reply = render(catalogue, entry->first, action, facts, {site, "7K2M9QXA"});
    auto problem = lint(reply);
    if (problem.empty()) problem = abuse(reply, site);
    if (problem.empty() && action == Action::defer && reply.code >= 500) problem = "a deferral with a 5xx";
    if (problem.empty() && !reply.lines.back().ends_with("ref=7K2M9QXA"))
      problem = "the reference is not ours";
    if (!problem.empty()) {
      fmt::print(stderr, "round {}, {}: {}\n", round, entry->first, problem);
      return 1;
    }
    fallbacks += reply.fallback ? 1 : 0;
  }
  fmt::print("{} replies, {} by static text\n", kRounds, fallbacks);
  // Facts of a stranger must not take the words away from everybody either.
  return fallbacks == 0 ? 0 : 1;
}

}  // namespace
}  // namespace policy

int main() { return policy::run(); }
