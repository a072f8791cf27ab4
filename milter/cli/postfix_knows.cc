#include "milter/cli/postfix_knows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "milter/cli/output_of.h"

namespace milter {
namespace {

// Main.cf of a big provider has some hundred domains by name; whoever has more keeps them in a table.
constexpr OutputBounds kBounds{64 * 1024, std::chrono::seconds(10)};

constexpr std::array<const char*, 6> kParameters{"myhostname",    "mydestination",
                                                 "relay_domains", "virtual_alias_domains",
                                                 "mynetworks",    "virtual_mailbox_domains"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

void add_new(std::string word, Words& to) {
  if (std::find(to.begin(), to.end(), word) == to.end()) to.push_back(std::move(word));
}

using ReadWords = tl::expected<Words, std::string> (*)(std::string_view);

// Each word of a value that `read` can read to `known`, the others to `unread` with the parameter's name.
void sort_words(std::string_view parameter, std::string_view value, ReadWords read, Words& known,
                Words& unread) {
  for (const auto& word : words_of(value)) {
    if (const auto read_one = read(word))
      for (const auto& one : *read_one) add_new(one, known);
    else
      unread.push_back(fmt::format("{}: {}", parameter, word));
  }
}

}  // namespace

tl::expected<PostfixKnows, std::string> ask_postfix(const std::string& postconf) {
  std::vector<std::string> command{postconf, "-hx"};  // the values alone, with $names replaced
  command.insert(command.end(), kParameters.begin(), kParameters.end());
  const auto text = output_of(command, kBounds);
  if (!text) return tl::unexpected(text.error());
  const auto values = lines_of(*text);
  if (values.size() != kParameters.size())
    return tl::unexpected(
        fmt::format("{} gave {} values for {} parameters", postconf, values.size(), kParameters.size()));
  PostfixKnows out;
  out.host = read_host(values[0]).value_or("");
  sort_words(kParameters[1], values[1], read_domains, out.local, out.unread_local);
  sort_words(kParameters[2], values[2], read_domains, out.relay, out.unread_relay);
  sort_words(kParameters[3], values[3], read_domains, out.local, out.unread_local);
  sort_words(kParameters[4], values[4], read_networks, out.networks, out.unread_networks);
  sort_words(kParameters[5], values[5], read_domains, out.local, out.unread_local);
  std::erase_if(out.relay, [&](const std::string& domain) {  // relay_domains was once $mydestination
    return std::find(out.local.begin(), out.local.end(), domain) != out.local.end();
  });
  return out;
}

}  // namespace milter
