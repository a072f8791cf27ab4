// Texts of mail and DNS: ASCII letters and blanks. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace policy {

// ASCII only: DNS compares no other letters (RFC 4343), and header field names have none (RFC 5322 2.2).
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text);
bool same_name(std::string_view a, std::string_view b);  // equal but for ASCII case

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_printable(std::string_view text);  // printable ASCII and blanks: nothing else

// Without blanks (space, tab, CR, LF) at either end.
std::string_view trimmed(std::string_view text);

}  // namespace policy
