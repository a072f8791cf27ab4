#include "milter/cli/command_table.h"

namespace milter {
namespace {

OptionDoc doc_of(const CLI::Option& option) {
  OptionDoc doc{{}, option.get_description(), option.get_default_str(), option.get_items_expected_max() > 0};
  for (const auto& name : option.get_snames()) doc.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) doc.names.push_back("--" + name);
  if (doc.names.empty()) doc.names.push_back(option.get_name());
  return doc;
}

}  // namespace

CommandDoc command_table(const CLI::App& app) {
  CommandDoc doc{app.get_name(), app.get_description(), {}, {}};
  for (const auto* option : app.get_options()) doc.options.push_back(doc_of(*option));
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    doc.commands.push_back(command_table(*command));
  return doc;
}

}  // namespace milter
