#include "milter/cli/site_answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "milter/cli/loading.h"
#include "policy/address.h"
#include "policy/domain.h"
#include "policy/load/keys.h"
#include "policy/nearest.h"

namespace milter {
namespace {

const std::array<std::string, 2> kLayouts{"mta-decides", "filter-decides"};

// At most this much of a bad answer is shown again.
constexpr std::size_t kMostShown = 80;

tl::unexpected<std::string> expected_instead(std::string_view what, std::string_view read) {
  std::string shown(read.substr(0, kMostShown));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return tl::unexpected(fmt::format("expected {}, read \"{}\"", what, shown));
}

bool is_pattern(std::string_view name) {
  return policy::is_host_name(name.starts_with("*.") ? name.substr(2) : name);
}

// Neither quotes nor blanks, nor what a reply line would take for a placeholder.
bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '{' && c != '}';
  });
}

// Postfix writes [::1]/128, and IPv4 a second time as [::ffff:127.0.0.0]/104.
std::optional<policy::Network> network_in(std::string word) {
  constexpr int kMappedBits = 96;
  std::erase_if(word, [](char c) { return c == '[' || c == ']'; });
  const auto slash = word.find('/');
  const auto address = policy::Address::parse(word.substr(0, slash));
  const bool mapped = address && address->is_v4() && word.find(':') != std::string::npos;
  if (!mapped) return policy::Network::parse(word);
  int prefix = kMappedBits + 32;
  if (slash != std::string::npos) {
    const auto* end = word.data() + word.size();
    const auto read = std::from_chars(word.data() + slash + 1, end, prefix);
    if (read.ec != std::errc{} || read.ptr != end || prefix < kMappedBits) return std::nullopt;
  }
  return policy::Network::parse(fmt::format("{}/{}", address->text(), prefix - kMappedBits));
}

}  // namespace

Words words_of(std::string_view text) {
  constexpr std::string_view kBetween = ", \t\r\n";
  Words out;
  for (auto from = text.find_first_not_of(kBetween); from != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(kBetween, from), text.size());
    out.emplace_back(text.substr(from, end - from));
    from = text.find_first_not_of(kBetween, end);
  }
  return out;
}

Word read_host(std::string_view text) {
  const auto name = policy::normal_name(text);
  if (policy::is_host_name(name) && name.find('.') != std::string::npos) return name;
  return expected_instead("a host name with its domain, such as mx1.example.org", text);
}

tl::expected<Words, std::string> read_domains(std::string_view text) {
  Words out;
  for (const auto& word : words_of(text)) {
    auto name = policy::normal_name(word);
    if (!is_pattern(name)) return expected_instead("a domain, or *. and a domain", word);
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
  }
  return out;
}

tl::expected<Words, std::string> read_some_domains(std::string_view text) {
  auto domains = read_domains(text);
  if (domains && domains->empty()) return expected_instead("a domain at least", text);
  return domains;
}

tl::expected<Words, std::string> read_networks(std::string_view text) {
  Words out;
  for (const auto& word : words_of(text)) {
    const auto network = network_in(word);
    if (!network) return expected_instead("an address or a network such as 192.0.2.0/24", word);
    if (std::find(out.begin(), out.end(), network->text()) == out.end()) out.push_back(network->text());
  }
  return out;
}

Word read_layout(std::string_view text) {
  if (std::find(kLayouts.begin(), kLayouts.end(), text) != kLayouts.end()) return std::string(text);
  auto error = expected_instead(fmt::format("{}", fmt::join(kLayouts, " or ")), text);
  const auto near = policy::nearest(text, kLayouts);
  return near.empty() ? error : tl::unexpected(fmt::format("{}; did you mean {}?", error.value(), near));
}

Word read_mailboxes_path(std::string_view text) {
  const bool odd = std::any_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
  if (text.empty() || odd) return expected_instead("the file of all mailboxes, one address a line", text);
  const auto path = std::filesystem::absolute(std::string(text)).lexically_normal().string();
  if (const auto file = read_file(path); !file) return tl::unexpected(file.error());
  return path;
}

Word read_contact(std::string_view text) {
  const auto at = text.rfind('@');
  if (at != std::string_view::npos && at > 0 && is_plain(text) && text.size() <= policy::kLongestContact &&
      policy::is_host_name(text.substr(at + 1)))
    return std::string(text);
  return expected_instead("an address such as postmaster@example.org", text);
}

Word read_help_url(std::string_view text) {
  if ((text.starts_with("https://") || text.starts_with("http://")) && is_plain(text) &&
      text.size() <= policy::kLongestHelp)
    return std::string(text);
  return expected_instead(
      fmt::format("a URL of at most {} characters that begins with https://", policy::kLongestHelp), text);
}

}  // namespace milter
