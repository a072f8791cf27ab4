// A fact is what one check learned about one session, as plain named values. Facts are the only thing a policy may
// read, and the log keeps all of them. Values: pure; a FactSet belongs to one thread at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "policy/field_path.h"

namespace policy {

using TextList = std::vector<std::string>;

// Whose doing it is that something is not known.
//   world   the world did not answer: DNS, a mailbox server
//   ours    a file, a limit or a fault of ours
//   client  its own excess: more names, fields, signatures or questions than a bound allows. Whoever could make
//           himself unknown could choose which rules he is judged by, so a refusing rule defers (see decide.h).
enum class Owner { world, ours, client };
std::string_view to_text(Owner owner);  // "world", "ours", "client"

// Why a check could not answer. Not knowing is itself a fact: a policy must say what happens then, and the
// log must show it.
struct Unavailable {
  std::string reason;  // "TXT example.org: SERVFAIL", "time budget"; never empty
  Owner owner = Owner::world;
  // Only blocklists that have not counted for lists_give_up leave it open: refusing rules do without them.
  bool given_up = false;
  bool operator==(const Unavailable&) const = default;
};

// Why one DNS list leaves a field open.
struct OpenList {
  std::string list;  // its id
  Unavailable why;
  bool operator==(const OpenList&) const = default;
};

// A field that is known in part: the set of what it may still be. Which members count follows from `of`;
// why.reason is empty where nothing is missing but questions that nobody has asked yet (`unasked`).
struct InPart {
  enum class Of { text, number, list };
  Of of = Of::text;
  TextList has;  // of a list: what is in it for sure
  TextList may;  // of a list: what may be in it besides; of a text or word: all that it may be, two or more
  bool anything = false;                   // of a list or text: also what `may` does not name
  std::int64_t at_least = 0, at_most = 0;  // of a number: the ends of its interval, inclusive
  Unavailable why;
  std::vector<OpenList>
      open;          // of a field that DNS lists tell: those that gave no answer; `why` sums them up
  TextList unasked;  // ids of DNS lists that nobody has asked yet, and whose answers may change it
  bool operator==(const InPart&) const = default;
};

using Value = std::variant<bool, std::int64_t, std::string, TextList, Unavailable, InPart>;

// A value that is neither unavailable nor known in part.
bool is_known(const Value& value);
// Why it is not; null when it is.
const Unavailable* why_unknown(const Value& value);

using Fields = std::vector<std::pair<std::string, Value>>;  // of one group, by name: in documented order
// Unavailable: all fields of the group.
using Fact = std::variant<Fields, Unavailable>;

// What a check says of one field: a T, or why there is none, or what it may be.
template <class T>
class Known {
 public:
  Known() = default;
  Known(T value) : value_(std::move(value)) {}
  Known(Unavailable why) : value_(std::move(why)) {}
  Known(InPart part) : value_(std::move(part)) {}

  const Value& value() const { return value_; }
  const T* get() const { return std::get_if<T>(&value_); }  // null: not wholly known

 private:
  Value value_ = T{};
};

// The facts of one group, for those who print or write them. Refers to the FactSet, until it changes.
struct FactGroup {
  std::string_view name;
  const Unavailable* why = nullptr;  // the group is unavailable as a whole: it has no fields
  std::vector<std::pair<FieldPath, const Value*>> fields;  // in order of arrival
};

// The facts gathered so far: an array by the number of the field. A path "spf.result" is absent (nobody asked),
// unavailable (asked, no answer), known in part, or known.
class FactSet {
 public:
  void put(FieldPath path, Value value);  // replaces
  void put(std::string_view group, Fields fields);
  // In place of all fields of a group: only logs of version 1 say no more than that.
  void put_none(std::string_view group, Unavailable why);
  bool has(std::string_view group) const;
  // Why a group is unavailable as a whole; null: it is not.
  const Unavailable* why_none_of(std::string_view group) const;
  const Value* value(FieldPath path) const;  // null: absent. Until the next put or forget
  // The text of a known string field, else "".
  std::string_view text(FieldPath path) const;
  bool flag(FieldPath path) const;  // a known boolean that is true
  // Why a path that was asked for is not wholly known; null: it is, or nobody asked.
  const Unavailable* why_unknown(FieldPath path) const;
  void forget_group(std::string_view group);
  void forget(FieldPath path);
  bool empty() const { return values_.empty() && silent_.empty(); }
  std::vector<FactGroup> groups() const;  // by name
  // All fields, in order of arrival; and the groups that are unavailable as a whole, by name.
  const std::vector<std::pair<FieldPath, Value>>& fields() const { return values_; }
  const std::vector<std::pair<std::string, Unavailable>>& silent_groups() const { return silent_; }
  bool operator==(const FactSet& other) const;

 private:
  using Place = std::uint16_t;  // in values_, and one more; 0: absent
  Place place_of(FieldPath path) const {
    return path.number() < places_.size() ? places_[path.number()] : Place{};
  }

  std::vector<Place> places_;                                // by number; only as long as it needs to be
  std::vector<std::pair<FieldPath, Value>> values_;          // in order of arrival
  std::vector<std::pair<std::string, Unavailable>> silent_;  // whole groups, by name
};

inline std::string_view group_of(std::string_view path) { return path.substr(0, path.find('.')); }
inline std::string_view field_of(std::string_view path) {
  const auto dot = path.find('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
}

// For people: "yes", "42", the text, "a, b". Unavailable: "unknown". In part: "a, and perhaps b, c", "3 to 20",
// "perhaps pass or fail".
std::string to_text(const Value& value);

}  // namespace policy
