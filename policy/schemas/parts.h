// Pieces that the JSON Schemas share.
#pragma once
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "policy/load/keys.h"
#include "policy/schema.h"

namespace policy {

using SchemaJson = nlohmann::ordered_json;

// A mapping with these keys and no others.
SchemaJson mapping_of(std::span<const KeyDoc> keys, std::initializer_list<std::string_view> required = {});
SchemaJson words_of(std::initializer_list<std::string_view> words);
SchemaJson nullable(std::string_view type);  // "string" or null

SchemaJson value_of(const FieldDoc& field);  // of a known value

enum class Strict { yes, no };  // yes: a group or field that is not described is an error
SchemaJson facts_of(const Schema& facts, Strict strict);

// $defs that several schemas use: id, reason, pattern, zone, session, expect, test, list, code.
SchemaJson common_defs(const Schema& facts);

}  // namespace policy
