// The facts and observations of a record out of its JSON. Pure; any thread.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/observed.h"
#include "policy/record/json_reader.h"

namespace policy {

// The facts that a reader wants of records. Immutable; any thread.
class WantedFacts {
 public:
  // `always` is wanted of every record. `derived` is wanted where it was made by the policy with this
  // fingerprint, and of version 1, which has nothing else: paths; of one or the other.
  WantedFacts(const std::vector<std::string>& always, const std::vector<std::string>& derived,
              std::string fingerprint);

  // `and_derived`: those, too, that are wanted only where they were derived by one's own policy.
  bool contains(FieldPath path, bool and_derived) const;
  bool has_group(std::string_view group) const;  // whether any of it is wanted
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  FieldPathSet always_, derived_;
  std::set<std::string, std::less<>> groups_;
  std::string fingerprint_;
};

// What to read of a record's facts. `wanted` null: everything.
struct FactsToRead {
  const WantedFacts* wanted = nullptr;
  bool derived = true;  // those, too, that are wanted only where they were derived by one's own policy

  // Whether a group, or a field of it, is to be read.
  bool group(std::string_view group) const { return !wanted || wanted->has_group(group); }
  bool field(FieldPath path) const { return !wanted || wanted->contains(path, derived); }
};

// The key `facts`: known values; a null leaves a place for what `unavailable` or `in_part` says of the field.
// Version 1 has {"unavailable": "why"} in place of a value or of a group.
void read_facts(JsonReader& json, JsonReader::Value value, const FactsToRead& what, FactSet& facts);
// The keys `unavailable` and `in_part`.
void read_unavailable(JsonReader& json, JsonReader::Value value, const FactsToRead& what, FactSet& facts);
void read_in_part(JsonReader& json, JsonReader::Value value, const FactsToRead& what, FactSet& facts);
// Takes away the places for which nothing was said: a null is as good as absent.
void drop_empty_places(FactSet& facts);

// The key `observed`.
void read_observed(JsonReader& json, JsonReader::Value value, Observed& observed);

std::string read_text(JsonReader& json, JsonReader::Value value);  // "" for null
TextList read_texts(JsonReader& json, JsonReader::Value value);    // none for null

// The one of `all` whose text it is; else an error.
template <class T>
T read_word(JsonReader& json, JsonReader::Value value, std::initializer_list<T> all, std::string_view what) {
  const auto word = json.text(value);
  for (const T one : all)
    if (to_text(one) == word) return one;
  json.fail(fmt::format("unknown {} \"{}\"", what, word.substr(0, 40)));
  return *all.begin();
}

}  // namespace policy
