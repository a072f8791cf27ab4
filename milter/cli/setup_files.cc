#include "milter/cli/setup_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "policy/load/shipped.h"

namespace milter {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kForEditors = "# yaml-language-server:";

std::string shipped(std::string_view name) { return policy::shipped_files().find(name)->second; }

// A text and its first line, if that is for editors: with the line end, or "".
std::string_view line_for_editors(std::string_view text) {
  return text.starts_with(kForEditors) ? text.substr(0, text.find('\n') + 1) : "";
}

std::string_view without_that_line(std::string_view text) {
  return text.substr(line_for_editors(text).size());
}

// `from` is in the shipped policy once.
void replace(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos)
    throw std::logic_error(fmt::format("the shipped policy has not once \"{}\"", from));
  text.replace(at, from.size(), to);
}

// Of a flow sequence. The words have neither quotes nor backslashes: they are names and addresses.
std::string sequence(const Words& words) {
  std::string out;
  for (const auto& word : words) {
    const bool plain = word.find_first_of("*:") == std::string::npos;
    out += fmt::format("{}{}", out.empty() ? "" : ", ", plain ? word : '"' + word + '"');
  }
  return '[' + out + ']';
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string site(const SiteAnswers& answers) {
  std::string out = "site: {name: " + answers.host;
  if (!answers.help.empty()) out += ", help: " + in_quotes(answers.help);
  if (!answers.contact.empty()) out += ", contact: " + in_quotes(answers.contact);
  return out + "}\n";
}

std::string recipients(const SiteAnswers& answers) {
  std::string out = "recipients:\n";
  for (const auto* domains : {&answers.local, &answers.relay})
    for (const auto& domain : *domains)
      out +=
          fmt::format("  {}: {{source: file, path: {}}}\n", in_quotes(domain), in_quotes(answers.recipients));
  return out;
}

std::string why(std::string_view what, const std::string& path) {
  return fmt::format("cannot {} {}: {}", what, path, std::strerror(errno));
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto count = write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return fsync(file) == 0;
}

}  // namespace

std::string policy_text(const SiteAnswers& answers, std::string_view before) {
  auto text = shipped("policy.yaml");
  replace(
      text,
      "#   Before you use it   put your own names where it says example.net, then run:  fivefifty check\n",
      fmt::format("#   Written by          fivefifty setup, for {} with the layout {}\n", answers.host,
                  answers.layout));
  replace(text,
          "site: {name: mx1.example.net, help: \"https://postmaster.example.net/550\", contact: "
          "postmaster@example.net}\n",
          site(answers));
  replace(text, "  local: [example.net]\n  relay: []\n",
          fmt::format("  local: {}\n  relay: {}\n", sequence(answers.local), sequence(answers.relay)));
  replace(text, "  networks: [127.0.0.0/8, \"::1/128\"]\n",
          fmt::format("  networks: {}\n", sequence(answers.networks)));
  if (!answers.recipients.empty())
    replace(text, "# recipients:\n#   example.net: {source: file, path: recipients.txt, vanished_for: 24h}\n",
            recipients(answers));
  return std::string(line_for_editors(before)) + std::string(without_that_line(text));
}

std::string daemon_text(std::string_view before) {
  const auto text = shipped("fivefifty.yaml");
  return std::string(line_for_editors(before)) + std::string(without_that_line(text));
}

bool is_as_shipped(std::string_view name, std::string_view text) {
  return without_that_line(text) == without_that_line(shipped(name));
}

std::optional<std::string> write_whole(const std::string& path, std::string_view text, Keep keep) {
  std::error_code error;
  const auto target = fs::weakly_canonical(path, error).string();
  if (error) return fmt::format("cannot write {}: {}", path, error.message());
  if (keep == Keep::the_old_one) {
    fs::copy_file(target, target + ".old", fs::copy_options::overwrite_existing, error);
    if (error) return fmt::format("cannot keep {}.old: {}", target, error.message());
  }
  struct stat old {};
  const mode_t mode = stat(target.c_str(), &old) == 0 ? old.st_mode & 07777 : 0644;
  const auto fresh = target + ".new";
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return why("write", fresh);
  const bool written = write_all(file, text) && fchmod(file, mode) == 0;
  auto failed = written ? std::nullopt : std::optional(why("write", fresh));
  close(file);
  if (!failed && rename(fresh.c_str(), target.c_str()) != 0) failed = why("write", target);
  if (failed) unlink(fresh.c_str());
  return failed;
}

}  // namespace milter
