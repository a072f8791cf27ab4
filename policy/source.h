// A text that a person wrote and what became of reading it. Pure values.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/diagnostic.h"

namespace policy {

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
