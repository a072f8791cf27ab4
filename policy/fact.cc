#include "policy/fact.h"

#include <algorithm>

namespace policy {

std::vector<FactSet::Group>::iterator FactSet::place_of(std::string_view group) {
  return std::lower_bound(facts_.begin(), facts_.end(), group,
                          [](const Group& here, std::string_view name) { return here.first < name; });
}

void FactSet::put(std::string_view group, Fact fact) {
  const auto place = place_of(group);
  if (place == facts_.end() || place->first != group) {
    facts_.emplace(place, group, std::move(fact));
    return;
  }
  auto* news = std::get_if<Fields>(&fact);
  auto* known = std::get_if<Fields>(&place->second);
  if (!news || !known) {
    place->second = std::move(fact);
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
  const auto it =
      std::find_if(facts_.begin(), facts_.end(), [&](const Group& here) { return here.first == group; });
  return it == facts_.end() ? nullptr : &it->second;
}

const Value* FactSet::value(std::string_view path) const {
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto* fact = find(path.substr(0, dot));
  const auto* fields = fact ? std::get_if<Fields>(fact) : nullptr;
  if (!fields) return nullptr;
  const auto leaf = path.substr(dot + 1);
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
  if (const auto place = place_of(group); place != facts_.end() && place->first == group) facts_.erase(place);
}

std::string_view to_text(Owner owner) {
  switch (owner) {
    case Owner::world:
      return "world";
    case Owner::ours:
      return "ours";
    case Owner::client:
      return "client";
  }
  return "?";
}

const Unavailable* why_unknown(const Value& value) {
  if (const auto* part = std::get_if<InPart>(&value)) return &part->why;
  return std::get_if<Unavailable>(&value);
}

bool is_known(const Value& value) { return !why_unknown(value); }

const Unavailable* FactSet::why_unknown(std::string_view path) const {
  if (const auto* found = value(path)) return policy::why_unknown(*found);
  const auto* fact = find(group_of(path));
  return fact ? std::get_if<Unavailable>(fact) : nullptr;
}

namespace {

std::string joined(const TextList& list, std::string_view between) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : std::string(between)) + item;
  return out;
}

std::string text_of(const InPart& part) {
  if (part.of == InPart::Of::number)
    return std::to_string(part.at_least) + " to " + std::to_string(part.at_most);
  const auto more =
      part.anything ? std::string("others") : joined(part.may, part.of == InPart::Of::text ? " or " : ", ");
  if (part.has.empty()) return more.empty() ? "unknown" : "perhaps " + more;
  return joined(part.has, ", ") + (more.empty() ? "" : ", and perhaps " + more);
}

}  // namespace

std::string to_text(const Value& value) {
  struct {
    std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const TextList& list) const { return joined(list, ", "); }
    std::string operator()(const Unavailable&) const { return "unknown"; }
    std::string operator()(const InPart& part) const { return text_of(part); }
  } text;
  return std::visit(text, value);
}

}  // namespace policy
