// Where exceptions end: what carries a conversation may be C, and must not see one. A fault of ours defers
// the mail; it never refuses it and never ends the program.
#pragma once
#include <exception>
#include <string>

namespace milter {

// How far a fault in a command without an answer reaches: what the connection told us is lost until it ends,
// what a message told us until the next MAIL.
enum class Scope { message, connection };

// One per connection, one command at a time.
class Guard {
 public:
  // For commands that have no answer. After a fault `body` is not run any more: it would see half
  // of a message.
  template <class Body>
  void listen(Scope scope, Body body) noexcept {
    if (is_broken()) return;
    try {
      body();
    } catch (...) {
      broken_for_ = scope;
      broken_ = true;
      keep(what());
    }
  }

  // For commands that answer: what `body` answers, or what `defer` does, given what went wrong: in `body`,
  // or in a command before that had no answer. `defer` throws nothing.
  template <class Body, class Defer>
  auto answer(Body body, Defer defer) noexcept {
    if (is_broken()) return defer(why_);
    try {
      return body();
    } catch (...) {
      return defer(what());
    }
  }

  // MAIL: the next message is not to blame for the one before.
  void begin_message() noexcept {
    if (broken_for_ == Scope::message) broken_ = false;
  }

  bool is_broken() const noexcept { return broken_; }

 private:
  // Of the exception that is being handled.
  static std::string what() noexcept {
    try {
      throw;
    } catch (const std::exception& error) {
      return quiet_copy(error.what());
    } catch (...) {
      return quiet_copy("an exception that is not a std::exception");
    }
  }
  // Out of memory leaves it empty: the mail is deferred all the same.
  static std::string quiet_copy(const char* text) noexcept {
    try {
      return text;
    } catch (...) {
      return {};
    }
  }
  void keep(std::string&& why) noexcept { why_.swap(why); }

  bool broken_ = false;
  Scope broken_for_ = Scope::message;
  std::string why_;
};

}  // namespace milter
