// Reads one JSON text from front to end, member by member, without building a tree: replay reads millions of
// records. After the first error every reading is empty and error() says what was wrong. One thread at a
// time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "policy/record.h"

namespace policy {

// Deeper nesting than any record has is an error, so that a hostile line cannot exhaust the stack.
inline constexpr int kDeepestJson = 16;

class JsonCursor {
 public:
  enum class Type { object, array, text, number, boolean, null, none };  // none: an error, or the end

  explicit JsonCursor(std::string_view json) : json_(json) {}  // json outlives the cursor

  Type peek();
  std::string text();      // a string; \u escapes become UTF-8, a lone surrogate U+FFFD
  std::int64_t integer();  // a number without fraction or exponent
  bool boolean();
  bool null();  // true, and past it, if null is next
  void skip();  // one value of any type
  // As skip(), at a fraction of the cost: to the bracket that closes an object or array, whatever stands in
  // it.
  void pass_over();

  // member(key) and element() must each read exactly one value.
  template <class F>
  void object(F&& member) {
    if (!open('{')) return;
    while (next('}')) {
      const auto key = text();
      if (expect(':')) member(key);
    }
  }
  template <class F>
  void array(F&& element) {
    if (!open('[')) return;
    while (next(']')) element();
  }

  void fail(std::string what);                         // the first error stays
  const std::string& error() const { return error_; }  // "" is none
  bool at_end();                                       // nothing but spaces is left

 private:
  void spaces();
  bool expect(char c);
  bool open(char bracket);
  bool next(char closing);  // false: that was the last
  bool literal(std::string_view word);
  void skip_text();
  void escape(std::string& out);
  unsigned hex4();

  std::string_view json_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool fresh_ = false;  // just after an opening bracket: no comma is due
  std::string error_;
};

// The facts that a reader wants of records: paths, by group. Sorted; any thread.
class WantedFacts {
 public:
  explicit WantedFacts(const std::vector<std::string>& paths);
  // The fields wanted of a group, or null: none of it.
  const std::vector<std::string>* of(std::string_view group) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> groups_;
};

// As record_from_json (record.h), but only what a replay reads: of the flat keys v, event, ref, stage,
// mail_from and policy, the verdict, what was monitored, and the facts that are wanted. The rest stays empty;
// a group of which nothing is wanted is there without fields. Two thirds of a line are passed over unread.
tl::expected<Record, std::string> record_for_replay(std::string_view line, const WantedFacts& wanted);

}  // namespace policy
