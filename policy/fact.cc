#include "policy/fact.h"

#include <algorithm>

namespace policy {

void FactSet::put(FieldPath path, Value value) {
  if (!silent_.empty()) std::erase_if(silent_, [&](const auto& one) { return one.first == path.group(); });
  if (const auto place = place_of(path)) {
    values_[place - 1U].second = std::move(value);
    return;
  }
  values_.emplace_back(path, std::move(value));
  if (places_.size() <= path.number()) places_.resize(path.number() + 1U);
  places_[path.number()] = static_cast<Place>(values_.size());
}

void FactSet::put(std::string_view group, Fields fields) {
  for (auto& [name, value] : fields) put(FieldPath(group, name), std::move(value));
}

void FactSet::put_none(std::string_view group, Unavailable why) {
  forget_group(group);
  silent_.emplace_back(group, std::move(why));
  std::sort(silent_.begin(), silent_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

bool FactSet::has(std::string_view group) const {
  return why_none_of(group) || std::any_of(values_.begin(), values_.end(),
                                           [&](const auto& one) { return one.first.group() == group; });
}

const Unavailable* FactSet::why_none_of(std::string_view group) const {
  const auto it =
      std::find_if(silent_.begin(), silent_.end(), [&](const auto& one) { return one.first == group; });
  return it == silent_.end() ? nullptr : &it->second;
}

const Value* FactSet::value(FieldPath path) const {
  const auto place = place_of(path);
  return place ? &values_[place - 1U].second : nullptr;
}

std::string_view FactSet::text(FieldPath path) const {
  const auto* found = value(path);
  const auto* text = found ? std::get_if<std::string>(found) : nullptr;
  return text ? *text : std::string_view{};
}

bool FactSet::flag(FieldPath path) const {
  const auto* found = value(path);
  const auto* flag = found ? std::get_if<bool>(found) : nullptr;
  return flag && *flag;
}

void FactSet::forget_group(std::string_view group) {
  std::erase_if(silent_, [&](const auto& one) { return one.first == group; });
  for (auto i = values_.size(); i > 0; --i)
    if (values_[i - 1].first.group() == group) forget(values_[i - 1].first);
}

void FactSet::forget(FieldPath path) {
  const auto place = place_of(path);
  if (place == 0) return;
  values_.erase(values_.begin() + place - 1);
  places_[path.number()] = 0;
  for (std::size_t i = place - 1U; i < values_.size(); ++i) --places_[values_[i].first.number()];
}

std::vector<FactGroup> FactSet::groups() const {
  std::vector<FactGroup> out;
  for (const auto& [name, why] : silent_) out.push_back({.name = name, .why = &why});
  for (const auto& [path, value] : values_) {
    auto group = std::find_if(out.begin(), out.end(),
                              [&, &path = path](const FactGroup& one) { return one.name == path.group(); });
    if (group == out.end()) group = out.insert(out.end(), {.name = path.group()});
    group->fields.emplace_back(path, &value);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

bool FactSet::operator==(const FactSet& other) const {
  return silent_ == other.silent_ && values_.size() == other.values_.size() &&
         std::all_of(values_.begin(), values_.end(), [&](const auto& one) {
           const auto* theirs = other.value(one.first);
           return theirs && *theirs == one.second;
         });
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

const Unavailable* FactSet::why_unknown(FieldPath path) const {
  if (const auto* found = value(path)) return policy::why_unknown(*found);
  return why_none_of(path.group());
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
