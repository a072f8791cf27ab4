// JSON Schemas (2020-12) of all that people write for us and of the log record: for editors, for whoever
// reads the log, for tests. Made of the tables by which the loader reads and the checks are described. Pure;
// any thread. The files conf/schemas/NAME.schema.json are what this returns.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "policy/schema.h"

namespace policy {

// "policy", "daemon", "replies", "lists", "zone", "cases", "record".
std::span<const std::string_view> json_schema_names();

// The schema as indented JSON with a line end. "" when there is no such name.
std::string json_schema(std::string_view name, const Schema& facts);

}  // namespace policy
