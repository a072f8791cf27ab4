// SHA-256 and SHA-1 over text that comes in pieces. Belongs to one thread at a time.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace milter {

enum class HashKind { sha256, sha1 };  // RFC 6376 3.3; SHA-1 only to tell why its signatures do not count

class Hash {
 public:
  explicit Hash(HashKind kind);
  ~Hash();
  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;

  void add(std::string_view text);
  std::string digest() const;  // of all that was added so far; more may follow

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hash_of(std::string_view text, HashKind kind);

}  // namespace milter
