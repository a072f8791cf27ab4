// The lexical tokens of a structured header field (RFC 5322 3.2), read from hostile bytes. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace milter {

inline constexpr std::size_t kLongestStructuredField =
    8192;                                   // 64 mailboxes of 128 octets; real ones have a few hundred
inline constexpr int kDeepestComment = 16;  // RFC 5322 sets none; two deep is already a curiosity

struct HeaderToken {
  enum class Kind {
    word,     // a run of anything but white space and specials; bytes over 127 belong here (RFC 6532)
    quoted,   // "...": text without the quotes and backslashes
    literal,  // [...]: text with the brackets
    special,  // one of  < > : ; @ , .  and a stray  ) ]
  };
  Kind kind = Kind::word;
  std::string text;
  bool after_space = false;  // white space or a comment stands before it

  bool is(char c) const { return kind == Kind::special && text.front() == c; }
  bool operator==(const HeaderToken&) const = default;
};

// Comments and white space are left out. `problem` "" is fine; else it is a sentence for the sender's admin,
// and the tokens end where the trouble began.
struct HeaderTokens {
  std::vector<HeaderToken> tokens;
  std::string problem;
};

// Line breaks are folds if white space follows them; otherwise they are control characters, a problem.
HeaderTokens read_tokens(std::string_view value);

}  // namespace milter
