// Sections of manual pages about the keys of a file or a record, from its JSON Schema.
#pragma once
#include <initializer_list>
#include <string_view>

#include "milter/cli/roff.h"

namespace milter {

// Adds each key of `schema` (a name as policy::json_schema has it) with what may stand there, and those below
// it. Those of `apart` have a section of their own, and are only named.
void add_keys(ManPage& page, std::string_view schema, std::initializer_list<std::string_view> apart = {});

}  // namespace milter
