#include "policy/schema.h"

#include <algorithm>

namespace policy {

std::vector<std::string_view> FieldDoc::words() const {
  std::vector<std::string_view> out;
  std::copy_if(traits.words.begin(), traits.words.end(), std::back_inserter(out),
               [](std::string_view word) { return !word.empty(); });
  return out;
}

const CheckDoc* Schema::check(std::string_view name) const {
  const auto it =
      std::find_if(checks_.begin(), checks_.end(), [&](const CheckDoc& c) { return c.name == name; });
  return it == checks_.end() ? nullptr : &*it;
}

PathDoc Schema::find(std::string_view path) const {
  for (const auto& check : checks_) {
    if (check.group != group_of(path)) continue;
    for (const auto& field : check.fields)
      if (field.name == field_of(path)) return {&check, &field};
  }
  return {};
}

std::vector<std::string> Schema::paths() const {
  std::vector<std::string> out;
  for (const auto& check : checks_)
    for (const auto& field : check.fields)
      out.push_back(std::string(check.group) + "." + std::string(field.name));
  return out;
}

bool Schema::has_group(std::string_view group) const {
  return std::any_of(checks_.begin(), checks_.end(), [&](const CheckDoc& c) { return c.group == group; });
}

}  // namespace policy
