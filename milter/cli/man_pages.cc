#include "milter/cli/man_pages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "milter/checks/check.h"
#include "milter/cli/man_keys.h"
#include "milter/cli/roff.h"
#include "milter/cli/version.h"
#include "policy/load/catalogue.h"

namespace milter {
namespace {

constexpr std::array<std::string_view, 4> kNames{"fivefifty.1", "fivefifty.yaml.5", "fivefifty-policy.5",
                                                 "fivefifty-log.5"};

// A word that is not printed where a sentence is: "-o, --output VALUE".
std::string usage_of(const OptionDoc& option) {
  return fmt::format("{}{}", fmt::join(option.names, ", "),
                     option.takes_value && !option.positional() ? " VALUE" : "");
}

std::string doc_of(const OptionDoc& option) {
  return option.by_default.empty() ? option.doc
                                   : fmt::format("{} (default {})", option.doc, option.by_default);
}

void add_options(ManPage& page, const CommandDoc& command) {
  for (const auto& option : command.options)
    if (option.names.back() != "--help") page.item(usage_of(option), doc_of(option));
}

void add_command(ManPage& page, const CommandDoc& command, const std::string& path) {
  page.subsection(path).paragraph(command.doc + ".");
  add_options(page, command);
  for (const auto& sub : command.commands) add_command(page, sub, path + ' ' + sub.name);
}

std::string program_page(ManPage page, const CommandDoc& program) {
  page.section("SYNOPSIS").example("fivefifty COMMAND [OPTION...]\nfivefifty --help | --version\n");
  page.section("DESCRIPTION").paragraph(R"(
A filter for Postfix and Sendmail that refuses mail, says why in words that the other side can act on, and can prove
afterwards why it said so. What is refused is written in fivefifty-policy(5); where it listens and logs, in
fivefifty.yaml(5).

Trouble of our own (DNS does not answer, a list is dead, a file cannot be read) never refuses mail for good: it is a
4xx, or the rule is left out.)");
  page.section("OPTIONS");
  add_options(page, program);
  page.section("COMMANDS").paragraph("Each has --help.");
  for (const auto& command : program.commands) add_command(page, command, command.name);
  page.section("EXIT STATUS")
      .item("0", "good: the configuration is valid, nothing changed, the test passed")
      .item("1", "not good; the reason is on standard error")
      .item("70", "a fault of the program")
      .item("other", "the command line was not understood");
  page.section("SIGNALS")
      .item("SIGHUP",
            "run reads policy and replies again, and opens its log file anew. A file with an error is not "
            "taken.")
      .item("SIGTERM, SIGINT",
            "run takes no new sessions, lets messages that have begun finish within drain, and ends.");
  page.section("FILES")
      .item("/etc/fivefifty/fivefifty.yaml", "the daemon, fivefifty.yaml(5)")
      .item("/etc/fivefifty/policy.yaml", "the rules, fivefifty-policy(5)")
      .item("/var/log/fivefifty/log.jsonl", "the decisions, fivefifty-log(5)");
  page.section("EXAMPLES")
      .paragraph("From nothing to a filter behind Postfix:")
      .example(R"(
fivefifty setup
systemctl enable --now fivefifty
/usr/share/fivefifty/postfix/enable mta-decides
postfix reload
)")
      .paragraph("Somebody calls about a refusal. The reply that he got ends with ref=:")
      .example(R"(
fivefifty explain 1NGBTEE27RQ9 --config /etc/fivefifty/fivefifty.yaml
)")
      .paragraph("Whom would a changed policy have refused last week?")
      .example(R"(
fivefifty replay /var/log/fivefifty/log.jsonl --policy new.yaml
)");
  page.section("SEE ALSO").paragraph("fivefifty.yaml(5), fivefifty-policy(5), fivefifty-log(5), postconf(5)");
  return page.text();
}

std::string daemon_page(ManPage page) {
  page.section("DESCRIPTION").paragraph(R"(
Where the filter listens, whom it asks, where it logs. Nothing in it changes a verdict. All keys may be left out. Paths
are relative to the file. It is YAML; fivefifty check --config FILE names each error with its line.)");
  page.section("KEYS");
  add_keys(page, "daemon");
  page.section("EXAMPLE").example(R"(
socket: "unix:/var/spool/postfix/fivefifty/fivefifty.sock"
socket_mode: "0660"
socket_group: postfix
user: fivefifty
policy: policy.yaml
log: {file: /var/log/fivefifty/log.jsonl, syslog: true}
)");
  page.section("SEE ALSO").paragraph("fivefifty(1), fivefifty-policy(5), fivefifty-log(5)");
  return page.text();
}

std::string words_of_field(const policy::FieldDoc& field) {
  std::string text(field.doc);
  if (field.traits.kind == policy::Kind::word) text += fmt::format(": {}", fmt::join(field.words(), ", "));
  if (field.many) text += " (a list: one that matches is enough)";
  if (field.traits.evidence) text += " (only in the log and in replies)";
  return text;
}

void add_facts(ManPage& page) {
  for (const auto& check : schema().checks()) {
    page.subsection(fmt::format("{}, from {}", check.name, policy::to_text(check.since)));
    page.paragraph(check.summary);
    for (const auto& field : check.fields)
      page.item(fmt::format("{}.{}", check.group, field.name), words_of_field(field));
  }
}

void add_reasons(ManPage& page) {
  for (const auto& [id, entry] : policy::shipped_catalogue(schema()))
    page.item(fmt::format("{} ({} {})", id, entry.code, entry.enhanced),
              entry.text.empty() ? std::string() : entry.text.front());
}

std::string policy_page(ManPage page) {
  page.section("DESCRIPTION").paragraph(R"(
Which mail is refused, and why. The first rule whose when holds decides. A rule says what it wants to know (when), what it
does (accept, reject or defer with a reason), and what happens if a fact cannot be found out (if_unknown: skip or defer).

Mail to postmaster@ and abuse@ of our domains passes all rules but relay control. Clients that are trusted or logged in are
never judged by SPF, DMARC or blocklists.)");
  page.section("KEYS");
  add_keys(page, "policy", {"when", "facts", "zone"});
  page.section("FILES OF TESTS")
      .paragraph("What fivefifty test reads, where tests are not in the policy itself.");
  add_keys(page, "cases", {"zone", "tests"});
  page.section("CONDITIONS")
      .paragraph(R"(
when: is a mapping from facts to what they must be; all of it must hold.)")
      .item("client.trusted: false", "a flag")
      .item("spf.result: [fail, softfail]", "one of several words")
      .item("client.ip: [192.0.2.0/24]", "in a network")
      .item("sender.domain: [\"*.example.org\"]", "below a domain")
      .item("dnsbl.weight: \">= 8\"", "a number: <, <=, =, >=, >")
      .item("helo.name: {not: [a.example]}", "none of these");
  page.section("FACTS").paragraph("By check, and the earliest stage of a rule that asks for it.");
  add_facts(page);
  page.section("REASONS").paragraph(R"(
What reject and defer may say: the code and the first line as shipped. A file of replies may replace them.)");
  add_reasons(page);
  page.section("SEE ALSO").paragraph("fivefifty(1), fivefifty.yaml(5), fivefifty-log(5)");
  return page.text();
}

std::string log_page(ManPage page) {
  page.section("DESCRIPTION").paragraph(R"(
A decision is a line, and a line is a JSON object: one for each recipient that is decided, and one for each message. The
flat keys come first, for grep and jq; then the facts, what is unknown of them, and what was observed, from which
fivefifty replay decides anew. A value that is not there is null.)");
  page.section("KEYS");
  add_keys(page, "record", {"facts"});
  page.section("EXAMPLES")
      .paragraph("Whom do the rules that only monitor hit?")
      .example(R"(
jq -r 'select(.event == "would-reject") | [.rule, .client_ip, .mail_from] | @tsv' log.jsonl
)")
      .paragraph("The refusals of one sender's domain:")
      .example(R"(
jq -c 'select(.event == "reject" and (.mail_from | endswith("@example.org"))) | {ts, ref, reason, reply}' log.jsonl
)");
  page.section("SEE ALSO").paragraph("fivefifty(1), fivefifty-policy(5)");
  return page.text();
}

}  // namespace

std::span<const std::string_view> man_page_names() { return kNames; }

std::string man_page(std::string_view name, const CommandDoc& program) {
  const auto page = [](std::string_view title, std::string_view section, std::string_view summary) {
    return ManPage(title, section, summary, built_version());
  };
  if (name == kNames[0])
    return program_page(page("fivefifty", "1", "mail filter whose refusals explain themselves"), program);
  if (name == kNames[1]) return daemon_page(page("fivefifty.yaml", "5", "the file of the fivefifty daemon"));
  if (name == kNames[2])
    return policy_page(page("fivefifty-policy", "5", "which mail fivefifty refuses, and why"));
  if (name == kNames[3])
    return log_page(page("fivefifty-log", "5", "the decisions of fivefifty, one JSON line each"));
  return "";
}

}  // namespace milter
