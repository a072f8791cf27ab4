// The commands and options of the program as a tree, taken from the parser: what manual pages and completions
// are made of.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace milter {

struct OptionDoc {
  std::vector<std::string> names;  // "-o", "--output": as they are typed; one without dashes is positional
  std::string doc;
  std::string by_default;   // "" is none, or not worth saying
  bool takes_value = true;  // false: a flag

  bool positional() const { return !names.front().starts_with('-'); }
};

struct CommandDoc {
  std::string name;
  std::string doc;
  std::vector<OptionDoc> options;  // --help first
  std::vector<CommandDoc> commands;
};

// `app` with all its subcommands added.
CommandDoc command_table(const CLI::App& app);

}  // namespace milter
