#include "policy/fact.h"

#include <algorithm>

namespace policy {

void FactSet::put(std::string_view group, Fact fact) {
  auto& here = facts_.try_emplace(std::string(group), Fields{}).first->second;
  auto* news = std::get_if<Fields>(&fact);
  auto* known = std::get_if<Fields>(&here);
  if (!news || !known) {
    here = std::move(fact);
    return;
  }
  for (auto& fresh : *news) {
    const auto old = std::find_if(known->begin(), known->end(),
                                  [&](const auto& field) { return field.first == fresh.first; });
    if (old == known->end())
      known->push_back(std::move(fresh));
    else
      old->second = std::move(fresh.second);
  }
}

const Fact* FactSet::find(std::string_view group) const {
  const auto it = facts_.find(group);
  return it == facts_.end() ? nullptr : &it->second;
}

const Value* FactSet::value(std::string_view path) const {
  const auto* fact = find(group_of(path));
  const auto* fields = fact ? std::get_if<Fields>(fact) : nullptr;
  if (!fields) return nullptr;
  const auto leaf = field_of(path);
  const auto it =
      std::find_if(fields->begin(), fields->end(), [&](const auto& field) { return field.first == leaf; });
  return it == fields->end() ? nullptr : &it->second;
}

std::string_view FactSet::text(std::string_view path) const {
  const auto* found = value(path);
  const auto* text = found ? std::get_if<std::string>(found) : nullptr;
  return text ? *text : std::string_view{};
}

bool FactSet::flag(std::string_view path) const {
  const auto* found = value(path);
  const auto* flag = found ? std::get_if<bool>(found) : nullptr;
  return flag && *flag;
}

void FactSet::forget(std::string_view group) {
  if (const auto it = facts_.find(group); it != facts_.end()) facts_.erase(it);
}

std::string to_text(const Value& value) {
  struct {
    std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const TextList& list) const {
      std::string out;
      for (const auto& item : list) out += (out.empty() ? "" : ", ") + item;
      return out;
    }
    std::string operator()(const Unavailable&) const { return "unknown"; }
  } text;
  return std::visit(text, value);
}

}  // namespace policy
