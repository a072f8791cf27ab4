// A fact is what one check learned about one session, as plain named values. Facts are the only thing a
// policy may read, and the log keeps all of them. Values: pure; a FactSet belongs to one thread at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace policy {

using TextList = std::vector<std::string>;

// Why a check could not answer. Not knowing is itself a fact: a policy must say what happens then, and the
// log must show it.
struct Unavailable {
  std::string reason;  // "TXT example.org: SERVFAIL", "time budget"; never empty
  bool operator==(const Unavailable&) const = default;
};

// Unavailable inside a value: a group that several checks fill (client: by client and ptr), one of which
// failed.
using Value = std::variant<bool, std::int64_t, std::string, TextList, Unavailable>;

using Fields = std::vector<std::pair<std::string, Value>>;  // in documented order
using Fact = std::variant<Fields, Unavailable>;

// The facts gathered so far, by group. A path "spf.result" is in one of three states: absent (nobody asked),
// unavailable (asked, no answer), known.
class FactSet {
 public:
  // Fields are merged into the group's: a field of the same name is replaced. An Unavailable replaces the
  // group.
  void put(std::string_view group, Fact fact);
  const Fact* find(std::string_view group) const;  // until the next put or forget
  // Null: absent, or the whole group is unavailable (then find() says so).
  const Value* value(std::string_view path) const;
  // The text of a known string field, else "".
  std::string_view text(std::string_view path) const;
  bool flag(std::string_view path) const;  // a known boolean that is true
  void forget(std::string_view group);
  void reserve(std::size_t groups) { facts_.reserve(groups); }
  const auto& all() const { return facts_; }  // by name
  bool operator==(const FactSet&) const = default;

 private:
  using Group = std::pair<std::string, Fact>;
  std::vector<Group>::iterator place_of(std::string_view group);  // or where it would be

  std::vector<Group> facts_;  // a dozen at most: a search through them all is the fastest
};

inline std::string_view group_of(std::string_view path) { return path.substr(0, path.find('.')); }
inline std::string_view field_of(std::string_view path) {
  const auto dot = path.find('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
}

// For people: "yes", "42", the text, "a, b". Unavailable: "unknown".
std::string to_text(const Value& value);

}  // namespace policy
