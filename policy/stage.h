// The points of an SMTP transaction at which something becomes known, in their order. Names are for ever: the
// log and policies use them.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace policy {

// Decisions are made at rcpt (for each recipient) and message (its end); rules of the stages before are
// decided at rcpt, rules of `headers` at message.
enum class Stage { connect, helo, mail, rcpt, headers, message };

inline constexpr std::array<std::string_view, 6> kStageNames{"connect", "helo",    "mail",
                                                             "rcpt",    "headers", "message"};

constexpr std::string_view to_text(Stage stage) { return kStageNames[static_cast<std::size_t>(stage)]; }
constexpr std::optional<Stage> parse_stage(std::string_view name) {
  for (std::size_t i = 0; i < kStageNames.size(); ++i)
    if (kStageNames[i] == name) return static_cast<Stage>(i);
  return std::nullopt;
}

// Where a rule of this stage is decided: rcpt or message.
constexpr Stage moment_of(Stage stage) { return stage <= Stage::rcpt ? Stage::rcpt : Stage::message; }

}  // namespace policy
