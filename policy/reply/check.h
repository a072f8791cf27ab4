// Whether a reason's text can be sent whatever the facts are: asked once, when the catalogue is loaded. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/reply/reply.h"
#include "policy/schema.h"

namespace policy {

struct TextProblem {
  std::string_view key;             // of the entry: "code", "enhanced", "temporary", "text", "fallback"
  std::optional<std::size_t> line;  // of `text`, from 0
  std::size_t offset = 0;           // into that line
  std::string what;
  std::string suggestion;  // the nearest placeholder, or ""
};

// all: every placeholder must be a path of the schema. some: the schema may be a part of the program's.
enum class SchemaHas { all, some };

// Codes that do not suit each other, lines that are not well-formed, do not fit with their values at the
// floor widths, or begin with a value; placeholders that do not exist; ref={ref} not exactly once, in
// the last line.
std::vector<TextProblem> check_text(const ReplyTemplate& entry, const Schema& schema, SchemaHas has);

// What ReplyTemplate::kinds holds for these lines. Lines that are not well-formed are passed over.
std::map<std::string, Kind, std::less<>> kinds_of(const std::vector<std::string>& text, const Schema& schema);

}  // namespace policy
