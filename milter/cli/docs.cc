// fivefifty docs: printed from the tables that the program uses.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>

#include "milter/checks/check.h"
#include "milter/cli/command.h"
#include "milter/cli/completions.h"
#include "milter/cli/man_pages.h"
#include "milter/cli/pages.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "policy/schemas/policy.h"

namespace milter {
namespace {

std::string_view name_of(policy::Kind kind) {
  switch (kind) {
    case policy::Kind::flag:
      return "true or false";
    case policy::Kind::number:
      return "number";
    case policy::Kind::text:
      return "text";
    case policy::Kind::word:
      return "word";
    case policy::Kind::address:
      return "address";
    case policy::Kind::domain:
      return "domain";
    case policy::Kind::mailbox:
      return "mailbox";
  }
  return "?";
}

void print_field(const policy::CheckDoc& check, const policy::FieldDoc& field) {
  fmt::print("- `{}.{}` ({}{}): {}", check.group, field.name, field.many ? "list, " : "",
             name_of(field.traits.kind), field.doc);
  const auto words = field.words();
  for (std::size_t i = 0; i < words.size(); ++i) fmt::print("{}`{}`", i == 0 ? ": " : ", ", words[i]);
  fmt::print("\n");
}

void docs_facts() {
  fmt::print(
      "# Facts\n\nWhat rules may ask for, and the log holds. \"From\" is the earliest stage of a rule that "
      "uses it.\n");
  for (const auto& check : schema().checks()) {
    fmt::print("\n## {} (from {})\n\n{} If it cannot be known: `{}`.\n\n", check.name,
               policy::to_text(check.since), check.summary, check.doubt_reason);
    for (const auto& field : check.fields) print_field(check, field);
  }
}

void docs_reasons() {
  fmt::print("# Reasons\n");
  for (const auto& [id, entry] : policy::shipped_catalogue(schema())) {
    fmt::print("\n## {}\n\n{} {}, for: {}\n\n", id, entry.code, entry.enhanced, policy::to_text(entry.actor));
    for (const auto& line : entry.text) fmt::print("    {}\n", line);
    if (!entry.help.empty()) fmt::print("\n{}\n", entry.help);
  }
}

// Prints `text`; an empty one is an error: there is no such `name`.
int print_one(std::string_view what, const std::string& name, const std::string& text,
              std::span<const std::string_view> names) {
  if (text.empty()) {
    fmt::print(stderr, "fivefifty docs {0}: there is no {0} {1}; there are {2}\n", what, name,
               fmt::join(names, ", "));
    return 1;
  }
  fmt::print("{}", text);
  return 0;
}

int docs_schema(const std::string& name) {
  return print_one("schema", name, policy::json_schema(name, schema()), policy::json_schema_names());
}

// A page or a script about the whole program, whose commands are all added when it is printed.
void add_about_all(CLI::App& docs, CLI::App& app, int& exit_code) {
  const auto name = std::make_shared<std::string>("fivefifty.1");
  auto* man = docs.add_subcommand("man", fmt::format("a manual page: {}", fmt::join(man_page_names(), ", ")));
  man->add_option("NAME", *name, "which; fivefifty.1 if left out");
  man->callback([name, &app, &exit_code] {
    exit_code = print_one("man", *name, man_page(*name, command_table(app)), man_page_names());
  });
  const auto shell = std::make_shared<std::string>();
  auto* completion =
      docs.add_subcommand("completion", "the completion script for a shell: bash, zsh or fish");
  completion->add_option("SHELL", *shell, "which")->required();
  completion->callback([shell, &app, &exit_code] {
    exit_code =
        print_one("completion", *shell, completion_script(*shell, command_table(app)), completion_shells());
  });
}

void add_pages(CLI::App& docs, int& exit_code) {
  auto* command = docs.add_subcommand("pages", "help pages for people whose mail was refused, one a reason");
  auto wishes = std::make_shared<PageWishes>();
  command->add_option("DIR", wishes->folder, "where to write DIR/REASON/index.html and DIR/index.html")
      ->required();
  command->add_option("--templates", wishes->templates, "a folder with page.html and the like of your own");
  add_policy_options(*command, wishes->common);
  command->callback([wishes, &exit_code] { exit_code = write_pages(*wishes); });
}

}  // namespace

void add_docs(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("docs", "Documentation, from the tables that the program uses");
  command->require_subcommand(1);
  command->add_subcommand("facts", "every fact that a rule may use")->callback([] { docs_facts(); });
  command->add_subcommand("reasons", "every reason with code and text")->callback([] { docs_reasons(); });
  add_pages(*command, exit_code);
  auto* schemas = command->add_subcommand(
      "schema", "a JSON Schema: policy, daemon, replies, lists, zone, cases or record");
  auto name = std::make_shared<std::string>("policy");
  schemas->add_option("NAME", *name, "which; policy if left out");
  schemas->callback([name, &exit_code] { exit_code = docs_schema(*name); });
  add_about_all(*command, app, exit_code);
}

}  // namespace milter
