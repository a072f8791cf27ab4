// Writes one JSON text front to back into one buffer. Printable ASCII only: all else is escaped, octets that
// are not UTF-8 become U+FFFD, so that a log can be looked at in any terminal. Commas are put by themselves;
// that brackets match and keys stand only in objects is the caller's matter. One thread at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace policy {

class JsonWriter {
 public:
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);  // of our own: nothing in it is escaped
  void text(std::string_view value);
  void number(std::int64_t value);
  void flag(bool value) { literal(value ? "true" : "false"); }
  void null() { literal("null"); }

  // A member whose key is a stranger's word.
  void any_key(std::string_view name);

  std::string take() && { return std::move(out_); }
  void reserve(std::size_t octets) { out_.reserve(octets); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void literal(std::string_view value);
  void comma() {
    if (comma_) out_ += ',';
    comma_ = true;
  }

  std::string out_;
  bool comma_ = false;  // whether the next value or key stands behind another
};

}  // namespace policy
