// Completion of the command line in bash, zsh and fish, made of the command table: every subcommand, every option.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "milter/cli/command_table.h"

namespace milter {

// "bash", "zsh", "fish".
std::span<const std::string_view> completion_shells();

// The script for that shell; "" when there is no such shell. `program` has two levels of subcommands at most.
std::string completion_script(std::string_view shell, const CommandDoc& program);

}  // namespace milter
