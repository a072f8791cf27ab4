// The manual pages, made of the tables by which the program works: commands and options, keys of files,
// facts, reasons, keys of records.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "milter/cli/command_table.h"

namespace milter {

// "fivefifty.1", "fivefifty.yaml.5", "fivefifty-policy.5", "fivefifty-log.5".
std::span<const std::string_view> man_page_names();

// The page as roff. "" when there is no such page.
std::string man_page(std::string_view name, const CommandDoc& program);

}  // namespace milter
