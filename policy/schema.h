// Describe a check's struct once; log, replay, policy lookup, reply text and documentation follow
// from that table.
//
//   struct Spf {
//     std::string result, domain;
//     static constexpr std::tuple fields{
//         policy::Field{"result", &Spf::result, "what the record says", {.words = {"pass", "fail"}}},
//         policy::Field{"domain", &Spf::domain, "whose record", {.kind = policy::Kind::domain}},
//     };
//   };
#pragma once
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "policy/fact.h"
#include "policy/stage.h"

namespace policy {

// What a field's text is: it says which tests a condition may use and how a reply cleans it. text: compared
// without case. word: one of a closed list. address: IP, CIDR tests. domain: patterns. mailbox: local@domain.
enum class Kind { flag, number, text, word, address, domain, mailbox };

// What a check says of a field beyond name and sentence.
struct FieldTraits {
  Kind kind = Kind::text;                    // of bool and integer members, set by their type
  std::array<std::string_view, 10> words{};  // kind word: all of them; unused ones empty
  bool evidence = false;  // it only explains: logged and printed, and no condition may ask for it
  bool derived = false;   // made by derive() from observations and the policy: replay makes it anew
  bool lists = false;     // told by DNS lists, each of which is asked by itself (Condition::lists)
};

template <class T, class M>
struct Field {
  std::string_view name;
  M T::*member;
  std::string_view doc;
  FieldTraits traits{};
};
template <class T, class M>
Field(std::string_view, M T::*, std::string_view) -> Field<T, M>;
template <class T, class M>
Field(std::string_view, M T::*, std::string_view, FieldTraits) -> Field<T, M>;

struct FieldDoc {
  std::string_view name, doc;
  FieldTraits traits;
  bool many = false;  // a list: a condition holds if any element matches
  std::vector<std::string_view> words() const;
};

// One check as the policy sees it: where it may be used, what it tells. The strings outlive
// the program's run.
struct CheckDoc {
  std::string_view name;         // "ptr": what a Need names, what the source file is called
  std::string_view group;        // "client": the first part of its paths, where its facts are logged
  Stage since = Stage::connect;  // the earliest stage that can answer
  std::string_view summary;
  std::string_view
      doubt_reason;  // catalogue id of a deferral because this check is unavailable: "dns-failure"
  std::vector<FieldDoc> fields;
};

// Where a path leads. Both pointers live as long as the Schema.
struct PathDoc {
  const CheckDoc* check = nullptr;
  const FieldDoc* field = nullptr;
};

// All checks. Immutable after construction; any thread.
class Schema {
 public:
  explicit Schema(std::vector<CheckDoc> checks) : checks_(std::move(checks)) {}
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  std::span<const CheckDoc> checks() const { return checks_; }
  const CheckDoc* check(std::string_view name) const;  // null: no such check
  PathDoc find(std::string_view path) const;           // {null, null}: no such path
  std::vector<std::string> paths() const;              // in documented order
  bool has_group(std::string_view group) const;

 private:
  std::vector<CheckDoc> checks_;
};

namespace detail {
template <class M>
struct Plain {
  using type = M;
};
template <class T>
struct Plain<Known<T>> {
  using type = T;
};
template <class M>
constexpr Kind kind_of(Kind declared) {
  if constexpr (std::is_same_v<M, bool>) return Kind::flag;
  if constexpr (std::is_same_v<M, std::int64_t>) return Kind::number;
  return declared;
}
template <class T, class M>
FieldDoc doc_of(const Field<T, M>& field) {
  using Plainly = typename Plain<M>::type;
  FieldDoc doc{field.name, field.doc, field.traits, std::is_same_v<Plainly, TextList>};
  doc.traits.kind = kind_of<Plainly>(field.traits.words.front().empty() ? field.traits.kind : Kind::word);
  return doc;
}
}  // namespace detail

namespace detail {
template <class M>
Value value_of(const M& member) {
  return member;
}
template <class M>
Value value_of(const Known<M>& member) {
  return member.value();
}
}  // namespace detail

template <class T>
Fields to_fact(const T& t) {
  Fields out;
  std::apply(
      [&](const auto&... f) { (out.emplace_back(std::string(f.name), detail::value_of(t.*f.member)), ...); },
      T::fields);
  return out;
}

// The fields of T, which the check finds out, and those that derive() adds to its group.
template <class T>
std::vector<FieldDoc> describe(std::initializer_list<FieldDoc> derived = {}) {
  auto out =
      std::apply([](const auto&... f) { return std::vector<FieldDoc>{detail::doc_of(f)...}; }, T::fields);
  for (auto field : derived) {
    field.traits.derived = true;
    out.push_back(field);
  }
  return out;
}

}  // namespace policy
