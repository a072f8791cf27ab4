// What is wrong with a text that a person wrote, and where: the one form of every configuration error.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace policy {

// A place in a file. line and column count from 1; 0 is "the whole file".
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const Place&) const = default;
};

enum class Severity { error, warning };

// Prints as "FILE:LINE:COLUMN: error: MESSAGE; did you mean SUGGESTION?"
struct Diagnostic {
  Severity severity = Severity::error;
  Place at;
  std::string message;     // what was read, what was expected
  std::string suggestion;  // the nearest known name; "" is none near
  bool operator==(const Diagnostic&) const = default;
};

std::string to_text(const Diagnostic& diagnostic);

enum class Colour { never, always };

// The same, and below it the line of `source` with a caret under the place. Nothing is added when the source
// has no such line. A list's zone may hold a key: below a key `lists` the whole line, and names of
// hosts in the message, are shown as asterisks, and elsewhere the value of a `zone:`. No line end at the end.
std::string to_text(const Diagnostic& diagnostic, std::string_view source, Colour colour);
bool has_errors(const std::vector<Diagnostic>& diagnostics);

// A text and the name it goes by in messages. The text outlives the Source.
struct Source {
  std::string_view text;
  std::string file;
};

template <class T>
struct Loaded {
  std::optional<T> value;               // empty if there is any error
  std::vector<Diagnostic> diagnostics;  // errors and warnings, by place
};

}  // namespace policy
