#include "milter/cli/man_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "milter/checks/check.h"
#include "policy/schemas/policy.h"

namespace milter {
namespace {

using Json = nlohmann::ordered_json;

// Deeper than any schema of ours; $defs could refer to each other.
constexpr int kMostDepth = 6;

class Keys {
 public:
  Keys(ManPage& page, const Json& root, std::span<const std::string_view> apart)
      : page_(page), root_(root), apart_(apart) {}

  void add(const Json& schema, int depth) {
    for (const auto& [name, key] : schema.at("properties").items()) {
      page_.item(name, sentence(key));
      const bool named_only = std::find(apart_.begin(), apart_.end(), name) != apart_.end();
      const auto* below = named_only || depth == kMostDepth ? nullptr : mapping_in(key);
      if (!below) continue;
      page_.deeper();
      add(*below, depth + 1);
      page_.back();
    }
  }

 private:
  const Json& resolved(const Json& schema) const {
    const auto ref = schema.find("$ref");
    if (ref == schema.end()) return schema;
    return root_.at(Json::json_pointer(ref->get<std::string>().substr(1)));  // "#/$defs/site"
  }

  // The mapping with named keys that a key holds, by itself, as the items of a list, or as values by
  // name; null: none.
  const Json* mapping_in(const Json& key) const {
    const auto& schema = resolved(key);
    if (schema.contains("properties")) return &schema;
    for (const auto* within : {"items", "additionalProperties"})
      if (const auto at = schema.find(within); at != schema.end() && at->is_object())
        if (const auto* mapping = mapping_in(*at)) return mapping;
    if (const auto any = schema.find("anyOf"); any != schema.end())
      for (const auto& one : *any)
        if (const auto* mapping = mapping_in(one)) return mapping;
    return nullptr;
  }

  std::string sentence(const Json& key) const {
    const auto& schema = resolved(key);
    auto text = key.value("description", schema.value("description", ""));
    if (const auto words = schema.find("enum"); words != schema.end() && words->size() < 20) {
      std::vector<std::string> all;
      for (const auto& word : *words) all.push_back(word.is_string() ? word.get<std::string>() : word.dump());
      text += fmt::format("{}{}", text.empty() ? "one of " : ": ", fmt::join(all, ", "));
    }
    return text;
  }

  ManPage& page_;
  const Json& root_;
  std::span<const std::string_view> apart_;
};

}  // namespace

void add_keys(ManPage& page, std::string_view schema_name, std::initializer_list<std::string_view> apart) {
  const auto root = Json::parse(policy::json_schema(schema_name, schema()));
  Keys(page, root, {apart.begin(), apart.size()}).add(root, 0);
}

}  // namespace milter
