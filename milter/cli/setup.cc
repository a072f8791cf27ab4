// fivefifty setup: from a few answers to a configuration that is good. What Postfix knows is not asked again.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "milter/cli/check.h"
#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/postfix_knows.h"
#include "milter/cli/setup_files.h"
#include "milter/cli/world.h"

namespace milter {
namespace {

namespace fs = std::filesystem;

using Given = std::optional<std::string>;  // nothing: the option was not there

struct SetupOptions {
  Given host, domains, relay, networks, layout, recipients, contact, help;
  std::string folder = "/etc/fivefifty";
  std::string postconf = "postconf";
  bool yes = false;
  bool force = false;

  std::string file(std::string_view name) const { return (fs::path(folder) / name).string(); }
};

void say(std::string_view sentence) { fmt::print(stderr, "fivefifty setup: {}\n", sentence); }

std::string joined(const Words& words) { return fmt::format("{}", fmt::join(words, ", ")); }

struct Question {
  std::string_view option, asks;
  const Given& given;
  Given suggested;          // what Enter, or --yes, takes; nothing: it must be said
  std::string beware = "";  // what to know before one takes the suggestion
};

// Asks one question after the other, and remembers whether one was not answered.
class Asking {
 public:
  Asking(bool yes, bool terminal) : yes_(yes), terminal_(terminal) {}

  // What `read` makes of the answer. Without a good one, an empty value: complete() then says no.
  template <class T>
  T answer(const Question& question, tl::expected<T, std::string> (*read)(std::string_view)) {
    Given text = question.given;
    const bool take = !text && yes_ && question.suggested && question.beware.empty();
    const bool ask = !text && !take && terminal_;
    if (ask && !question.beware.empty()) fmt::print(stderr, "{}\n", question.beware);
    for (;;) {
      if (take) text = question.suggested;
      if (ask) text = typed(question);
      if (!text) return missing<T>(question);
      auto value = read(*text);
      if (value) return std::move(*value);
      fmt::print(stderr, "fivefifty setup: {}: {}\n", question.option, value.error());
      if (ask) continue;  // again
      complete_ = false;
      return {};
    }
  }

  bool complete() const { return complete_; }

 private:
  // Nothing at the end of the input.
  Given typed(const Question& question) {
    fmt::print(stderr, "{}{}: ", question.asks,
               question.suggested ? fmt::format(" [{}]", *question.suggested) : "");
    std::string line;
    if (!std::getline(std::cin, line)) {
      terminal_ = false;
      fmt::print(stderr, "\n");
      return std::nullopt;
    }
    return line.empty() && question.suggested ? *question.suggested : line;
  }

  template <class T>
  T missing(const Question& question) {
    complete_ = false;
    fmt::print(stderr, "fivefifty setup: {} is missing ({}){}\n", question.option, question.asks,
               question.beware.empty() ? "" : ". " + question.beware);
    return {};
  }

  bool yes_, terminal_;
  bool complete_ = true;
};

// What stays to be looked up, if anything.
std::string beware_of(const Words& unread) {
  return unread.empty() ? "" : "Postfix looks into these, and setup does not: " + joined(unread);
}

// An address at a domain that is not the machine itself.
std::string contact_for(const SiteAnswers& answers) {
  const auto domain = std::find_if(answers.local.begin(), answers.local.end(), [&](const std::string& name) {
    return name != answers.host && !name.starts_with("localhost") && !name.starts_with("*.");
  });
  return "postmaster@" + (domain == answers.local.end() ? answers.host : *domain);
}

SiteAnswers ask(const SetupOptions& options, const PostfixKnows& postfix, Asking& asking) {
  const auto unless_empty = [](std::string text) { return text.empty() ? Given() : Given(std::move(text)); };
  const auto networks = postfix.networks.empty() ? Words{"127.0.0.0/8", "::1"} : postfix.networks;
  SiteAnswers answers;
  answers.host = asking.answer<std::string>(
      {"--host", "Name of this mail server", options.host,
       unless_empty(postfix.host.empty() ? read_host(host_name()).value_or("") : postfix.host)},
      read_host);
  answers.local = asking.answer<Words>({"--domains", "Domains whose mail is delivered here", options.domains,
                                        unless_empty(joined(postfix.local)), beware_of(postfix.unread_local)},
                                       read_some_domains);
  answers.relay =
      asking.answer<Words>({"--relay", "Domains whose mail is passed on to another server", options.relay,
                            joined(postfix.relay), beware_of(postfix.unread_relay)},
                           read_domains);
  answers.networks =
      asking.answer<Words>({"--networks", "Networks of ours, which may send anywhere", options.networks,
                            joined(networks), beware_of(postfix.unread_networks)},
                           read_networks);
  answers.layout = asking.answer<std::string>(
      {"--layout", "Who refuses relaying and unknown users, mta-decides or filter-decides", options.layout,
       "mta-decides"},
      read_layout);
  // Postfix no longer looks at mailboxes in that layout: without a file, mail for any would be taken and bounced.
  if (options.recipients || answers.layout == "filter-decides")
    answers.recipients =
        asking.answer<std::string>({"--recipients", "File of all mailboxes, one address a line, or @domain",
                                    options.recipients, std::nullopt},
                                   read_mailboxes_path);
  const Given contact = options.contact ? options.contact : contact_for(answers);
  if (asking.complete())
    answers.contact = asking.answer<std::string>({"--contact", "", contact, {}}, read_contact);
  if (options.help)
    answers.help = asking.answer<std::string>({"--help-pages", "", options.help, {}}, read_help_url);
  return answers;
}

PostfixKnows knowledge(const SetupOptions& options) {
  if (options.postconf.empty()) return {};
  auto postfix = ask_postfix(options.postconf);
  if (postfix) return std::move(*postfix);
  say("Postfix was not asked: " + postfix.error());
  return {};
}

// The name and the text of a file that is there; "" for one that is not.
std::string text_before(const std::string& path) { return read_file(path).value_or(""); }

// Whether nothing that somebody wrote is in the way.
bool may_write(const SetupOptions& options) {
  bool may = true;
  for (const auto* name : {"policy.yaml", "fivefifty.yaml"}) {
    const auto path = options.file(name);
    if (options.force || !fs::exists(path) || is_as_shipped(name, text_before(path))) continue;
    say(fmt::format(
        "{} is there already, and not as it was installed; --force replaces it, and keeps it as {}.old", path,
        name));
    may = false;
  }
  return may;
}

bool write(const SetupOptions& options, const SiteAnswers& answers) {
  const auto write_one = [&](std::string_view name, const std::string& text, const std::string& before) {
    const bool keep = !before.empty() && !is_as_shipped(name, before);
    const auto path = options.file(name);
    const auto error = write_whole(path, text, keep ? Keep::the_old_one : Keep::nothing);
    if (error) say(*error);
    return !error;
  };
  const auto policy = text_before(options.file("policy.yaml"));
  const auto daemon = text_before(options.file("fivefifty.yaml"));
  return write_one("policy.yaml", policy_text(answers, policy), policy) &&
         write_one("fivefifty.yaml", daemon_text(daemon), daemon);
}

// The folder share/fivefifty of this installation, or conf/ of a source tree.
std::string postfix_tool() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  const auto installed = program.parent_path().parent_path() / "share/fivefifty/postfix/enable";
  return fs::exists(installed, error) ? installed.string() : "contrib/postfix/enable";
}

void print_next(const SetupOptions& options, const SiteAnswers& answers) {
  const auto config = options.file("fivefifty.yaml");
  const bool usual = options.folder == SetupOptions().folder;
  fmt::print("Written: {} and {}. Next:\n", options.file("policy.yaml"), config);
  fmt::print("  {}\n", usual ? "systemctl enable --now fivefifty" : "fivefifty run --config " + config);
  fmt::print("  {} {}{}\n  postfix reload\n", postfix_tool(), answers.layout,
             usual ? "" : " --check=" + config);
}

int setup(const SetupOptions& options) {
  if (!may_write(options)) return 1;
  Asking asking(options.yes, isatty(STDIN_FILENO) == 1);
  const auto answers = ask(options, knowledge(options), asking);
  if (!asking.complete()) {
    say("nothing was written");
    return 1;
  }
  std::error_code error;
  fs::create_directories(options.folder, error);  // what is wrong, write() says
  if (!write(options, answers)) return 1;
  CheckOptions checked;
  checked.common.config = options.file("fivefifty.yaml");
  checked.texts_only = true;  // `enable` looks at all of it, before Postfix is told
  if (check(checked) != 0) return 1;
  print_next(options, answers);
  return 0;
}

}  // namespace

void add_setup(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("setup", "Write policy.yaml and fivefifty.yaml, from a few answers");
  auto options = std::make_shared<SetupOptions>();
  command->add_option("--host", options->host, "the name of this mail server");
  command->add_option("--domains", options->domains,
                      "domains whose mail is delivered here: a.example,b.example");
  command->add_option("--relay", options->relay, "domains whose mail is passed on to another server");
  command->add_option("--networks", options->networks, "networks of ours, which may send anywhere");
  command->add_option("--layout", options->layout,
                      "who refuses relaying and unknown users: mta-decides or filter-decides");
  command->add_option("--recipients", options->recipients,
                      "a file of all mailboxes, one address a line; filter-decides needs it");
  command->add_option("--contact", options->contact, "a mailbox for people who were refused");
  command->add_option("--help-pages", options->help, "the URL of the help pages, to which replies lead");
  command->add_option("--folder", options->folder, "where the two files go")->capture_default_str();
  command
      ->add_option("--postconf", options->postconf, "Postfix's postconf, which is asked first; empty: nobody")
      ->capture_default_str();
  command->add_flag("--yes", options->yes, "take what Postfix says, without questions");
  command->add_flag("--force", options->force,
                    "replace files that somebody wrote; the old ones stay as NAME.old");
  command->callback([options, &exit_code] { exit_code = setup(*options); });
}

}  // namespace milter
