#include "milter/auth/dkim/canonical_field.h"

#include "policy/text.h"

namespace milter {
namespace {

bool is_wsp(char c) { return c == ' ' || c == '\t'; }

void append_simple(std::string& out, std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r')) out += '\r';
    out += value[i];
  }
}

bool is_line_end(std::string_view text, std::size_t at) {
  return text[at] == '\n' || (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
}

void append_relaxed(std::string& out, std::string_view value) {
  bool any = false;
  bool space = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (is_wsp(c)) {
      space = any;
    } else if (!is_line_end(value, i)) {
      if (space) out += ' ';
      out += c;
      space = false;
      any = true;
    }
  }
}

}  // namespace

std::string plain_name(std::string_view name) {
  while (!name.empty() && is_wsp(name.back())) name.remove_suffix(1);
  return policy::lower(name);
}

void append_field(std::string& out, std::string_view name, std::string_view value, Canonicalization form) {
  if (form == Canonicalization::simple) {
    out.append(name) += ':';
    append_simple(out, value);
  } else {
    out.append(plain_name(name)) += ':';
    append_relaxed(out, value);
  }
}

}  // namespace milter
