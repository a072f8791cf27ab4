// The name of a fact's field, "spf.result", as a small number: values are kept and found by it, and letters
// are looked at only where a name is read or written (policy files, logs, replies).
//
// A name gets its number the first time that it is said and keeps it until the program ends. Any
// thread; nobody waits.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace policy {

class FieldPath {
 public:
  FieldPath() : FieldPath(std::string_view()) {}
  // "group.field"; "" is no field. Implicit: a path is written as text everywhere. Only for names that
  // the program or a policy that was checked against the schema says: more than kMostFieldPaths of them
  // are a bug, std::length_error.
  FieldPath(std::string_view path);                                   // NOLINT(google-explicit-constructor)
  FieldPath(const char* path) : FieldPath(std::string_view(path)) {}  // NOLINT(google-explicit-constructor)
  FieldPath(const std::string& path)
      : FieldPath(std::string_view(path)) {}  // NOLINT(google-explicit-constructor)
  FieldPath(std::string_view group, std::string_view field);

  // Of a name in a log, which another version or anybody may have written: empty when there are too many already, or
  // it is no name.
  static std::optional<FieldPath> of_log(std::string_view group, std::string_view field);

  // All of them live as long as the program.
  std::string_view text() const;
  std::string_view group() const;  // of a text without a dot: all of it
  std::string_view field() const;  // of a text without a dot: ""
  std::uint16_t number() const;    // from 0, below kMostFieldPaths
  bool empty() const { return text().empty(); }
  operator std::string_view() const { return text(); }  // NOLINT(google-explicit-constructor)

  bool operator==(const FieldPath& other) const { return entry_ == other.entry_; }
  bool operator==(std::string_view other) const { return text() == other; }
  bool operator==(const char* other) const { return text() == other; }
  // By text, so that an order does not hang on who was named first.
  std::strong_ordering operator<=>(const FieldPath& other) const { return text() <=> other.text(); }

  struct Entry;

 private:
  explicit FieldPath(const Entry& entry) : entry_(&entry) {}
  const Entry* entry_;
};

// Some of them. A value.
class FieldPathSet {
 public:
  void insert(FieldPath path) {
    if (in_.size() <= path.number()) in_.resize(path.number() + 1U);
    in_[path.number()] = true;
  }
  bool contains(FieldPath path) const { return path.number() < in_.size() && in_[path.number()]; }

 private:
  std::vector<bool> in_;  // by number
};

// A hundred in the schema; twice as many again from logs of other versions. A log that brings more is none of ours.
inline constexpr std::size_t kMostFieldPaths = 2048;
inline constexpr std::size_t kMostFieldPathsOfLogs =
    1024;  // where names of logs end: the program's own find room

}  // namespace policy
