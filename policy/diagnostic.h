// What is wrong with a text that a person wrote, and where: the one form of every configuration error.
#pragma once
#include <string>
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
bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace policy
