// Reads YAML that a person wrote and says everything that is wrong with it, each thing at its place. For the
// policy, the catalogue, the daemon file, test cases. Pure; a reader belongs to one thread.
//
//   Findings findings(source.file);
//   const auto root = parse_yaml(source, findings);
//   if (!root) return {std::nullopt, findings.by_place()};
//   const YamlMapping site(*root, "site", kSiteKeys, findings);   // unknown and repeated keys are reported
//   here site.require({"name"});                                       // missing ones here, at the mapping's
//   line const auto name = site.text("name").value_or("");             // wrong types here
//
// Every reading goes on after an error, so that one run finds all of them. Booleans are `true` and `false`
// (YAML 1.2: what editors and JSON Schema think); an empty value (`key:` or `~`) counts as absent.
#pragma once
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/diagnostic.h"

namespace policy {

// What is wrong with one file, as it is found.
class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  void error(const Place& at, std::string message, std::string suggestion = "");
  void warning(const Place& at, std::string message, std::string suggestion = "");
  bool has_errors() const { return policy::has_errors(found_); }
  std::vector<Diagnostic> by_place() const;  // sorted; the same thing at the same place once

 private:
  std::string file_;
  std::vector<Diagnostic> found_;
};

// One value of the tree and where it stands. Cheap to copy. An empty value stands where its key does.
class YamlValue {
 public:
  YamlValue(const YAML::Node& node, Place at) : node_(node), at_(std::move(at)) {}

  const Place& at() const { return at_; }
  bool is_mapping() const { return node_.IsMap(); }
  bool is_list() const { return node_.IsSequence(); }
  bool is_scalar() const { return node_.IsScalar(); }
  bool is_empty() const { return !node_.IsDefined() || node_.IsNull(); }

  // Of a scalar, as it was written, without quotes; "" for anything else.
  std::string text() const { return is_scalar() ? node_.Scalar() : std::string(); }
  bool is_quoted() const;                      // "8" in quotes is a text, never a number or flag
  std::optional<std::int64_t> number() const;  // a plain decimal number
  std::optional<bool> flag() const;            // a plain true or false

  // What was read, for the end of a message: `the number 8`, `the text "foo"`, `a list`, `a mapping`,
  // `nothing`. Long texts are cut.
  std::string described() const;

  std::vector<YamlValue> items() const;  // of a list; of anything else none
  // Of a mapping, key and value in the file's order, repeated keys included; of anything else none.
  std::vector<std::pair<YamlValue, YamlValue>> entries() const;
  std::string yaml() const;  // the value written again as YAML

 private:
  YAML::Node node_;
  Place at_;
};

// The whole of a file. nullopt: it is not YAML, or more than one document; then findings say so. A file that
// is empty or holds only comments is an empty value at line 1.
std::optional<YamlValue> parse_yaml(const Source& source, Findings& findings);

// One value read as something. nullopt: it is something else, and findings say
// "expected EXPECTED, read …". `expected` names it with its article: "a domain", "a reason".
std::optional<std::string> read_text(const YamlValue& value, std::string_view expected, Findings& findings);
std::optional<bool> read_flag(const YamlValue& value, Findings& findings);
// One of a closed list; else findings name the list and the nearest of it.
std::optional<std::string> read_word(const YamlValue& value, std::span<const std::string_view> words,
                                     Findings& findings);
// `expected` in the plural: "domains". The items of a list; anything else is an error and gives none.
std::vector<YamlValue> read_list(const YamlValue& value, std::string_view expected, Findings& findings);

// `named`, with the article that a message needs: "one of a, b or c".
std::string one_of(std::span<const std::string_view> words);

struct NumberRange {
  std::int64_t least = 0, most = INT64_MAX;  // inclusive
};

// A mapping with known keys. The getters give nullopt (or an empty list) for a key that is absent or empty,
// without complaint, and for one of a wrong type, which findings then say.
class YamlMapping {
 public:
  // `what` names the mapping in messages: "site", "a rule". Unknown and repeated keys are reported at once,
  // with the nearest known one. A value that is no mapping is an error and reads as an empty one; an empty
  // value reads as an empty mapping without complaint. `findings` outlives this.
  YamlMapping(const YamlValue& value, std::string what, std::span<const std::string_view> keys,
              Findings& findings);

  const Place& at() const { return at_; }
  Place place_of(std::string_view key) const;  // of the key; the mapping's own if the key is absent
  std::optional<YamlValue> find(std::string_view key) const;  // nullopt: absent or empty
  bool has(std::string_view key) const { return find(key).has_value(); }

  // Each key that is absent or empty is an error at the mapping's line. True: all are there.
  bool require(std::initializer_list<std::string_view> keys) const;

  std::optional<std::string> text(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<std::int64_t> number(std::string_view key, NumberRange range = {}) const;
  std::optional<std::string> word(std::string_view key, std::span<const std::string_view> words) const;
  std::vector<YamlValue> list(std::string_view key, std::string_view expected) const;
  std::vector<std::string> texts(std::string_view key, std::string_view expected) const;

 private:
  void add(const YamlValue& key, const YamlValue& value, std::span<const std::string_view> known);

  struct Entry {
    std::string key;
    Place at;
    YamlValue value;
  };
  std::string what_;
  Place at_;
  std::vector<Entry> entries_;
  Findings& findings_;
};

}  // namespace policy
