// Reads one JSON text front to back by simdjson's on-demand values: what is not asked for costs next to
// nothing, and replay asks for little of millions of records. The first error stays, and from there on
// every reading is empty, so that callers look once, at the end. What is not asked for is not checked
// beyond its brackets, quotes and UTF-8; nesting costs no stack. One thread at a time, and in a thread one
// text at a time.
#pragma once
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace policy {

class JsonReader {
 public:
  using Value = simdjson::ondemand::value;  // to be read at most once, before the next one is looked at
  using Type = simdjson::ondemand::json_type;

  // The whole of `json`, which must be one object: member(key, value) for each of its members. The key lives
  // until this returns.
  template <class F>
  void document(std::string_view json, F&& member) {
    auto& [parser, padded] = workspace();
    padded.assign(json);
    padded.append(simdjson::SIMDJSON_PADDING, '\0');
    begin_ = padded.data();
    simdjson::ondemand::document document;
    if (failed(parser.iterate(padded.data(), json.size(), padded.size()).get(document))) return;
    document_ = &document;
    simdjson::ondemand::object object;
    if (!failed(document.get_object().get(object))) members(object, member);
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    if (error_.empty() && !at_end) fail("more after the record");
    document_ = nullptr;
  }
  template <class F>
  void object(Value value, F&& member) {
    simdjson::ondemand::object object;
    if (!failed(value.get_object().get(object))) members(object, member);
  }
  template <class F>
  void array(Value value, F&& element) {
    simdjson::ondemand::array array;
    if (failed(value.get_array().get(array))) return;
    for (auto each : array) {
      Value one;
      if (failed(each.get(one))) return;
      element(one);
      if (!error_.empty()) return;
    }
  }

  // Read as that type; another one is an error.
  std::string_view text(Value value) { return read<std::string_view>(value.get_string()); }
  std::int64_t integer(Value value) { return read<std::int64_t>(value.get_int64()); }
  bool boolean(Value value) { return read<bool>(value.get_bool()); }

  Type type(Value value) { return read<Type>(value.type()); }
  bool is_null(Value value) { return type(value) == Type::null && read<bool>(value.is_null()); }

  void fail(std::string_view what) {
    if (!error_.empty()) return;
    const char* at = nullptr;
    const bool located = document_ && document_->current_location().get(at) == simdjson::SUCCESS;
    error_ = located ? fmt::format("column {}: {}", at - begin_ + 1, what) : std::string(what);
  }
  const std::string& error() const { return error_; }  // "" is none

 private:
  struct Workspace {
    simdjson::ondemand::parser parser;
    std::string padded;  // simdjson reads a little past the end of its text
  };
  static Workspace& workspace() {
    thread_local Workspace workspace;
    return workspace;
  }

  bool failed(simdjson::error_code code) {
    if (code == simdjson::INCORRECT_TYPE)
      fail("not the type of value that belongs here");
    else if (code != simdjson::SUCCESS)
      fail(simdjson::error_message(code));
    return code != simdjson::SUCCESS;
  }
  template <class T>
  T read(simdjson::simdjson_result<T> result) {
    T value{};
    return failed(std::move(result).get(value)) ? T{} : value;
  }
  template <class F>
  void members(simdjson::ondemand::object& object, F&& member) {
    for (auto field : object) {
      std::string_view key;
      Value value;
      if (failed(field.unescaped_key().get(key)) || failed(field.value().get(value))) return;
      member(key, value);
      if (!error_.empty()) return;
    }
  }

  const char* begin_ = nullptr;
  simdjson::ondemand::document* document_ = nullptr;
  std::string error_;
};

}  // namespace policy
