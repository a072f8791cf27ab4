// fivefifty docs: printed from the tables that the program uses.
#include <fmt/format.h>

#include "milter/checks/check.h"
#include "milter/cli/command.h"
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

int docs_schema(const std::string& name) {
  const auto text = policy::json_schema(name, schema());
  if (text.empty()) {
    fmt::print(stderr, "fivefifty docs schema: there is no schema {}; there are {}\n", name,
               fmt::join(policy::json_schema_names(), ", "));
    return 1;
  }
  fmt::print("{}", text);
  return 0;
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
}

}  // namespace milter
