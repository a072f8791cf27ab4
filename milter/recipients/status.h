// What a source says of a mailbox. The words are for ever: files, policies and logs use them.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace milter {

enum class Status : std::uint8_t { known, unknown, full, disabled, maintenance };
std::string_view to_text(Status status);
std::optional<Status> parse_status(std::string_view word);  // ASCII case does not count

}  // namespace milter
