// A line of the catalogue, taken apart and put together again. Pure; any thread.
//
//   SPF fail: {client.ip} may not send mail for {spf.domain}[[ (matched {spf.term})]].
//
// {name} is a placeholder. [[...]] is left out when a placeholder in it has nothing to print; outside of it,
// an empty value prints "(unknown)" or "(none)". A line that comes out empty is left out.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/reply/clean.h"

namespace policy {

struct TextPiece {
  bool placeholder = false;
  std::string text;  // the words, or the placeholder's name
  int optional = 0;  // the number of the [[...]] it is in, from 1; 0: none
  bool operator==(const TextPiece&) const = default;
};

struct TextError {
  std::size_t offset = 0;  // into the line
  std::string what;
};

// Errors: a brace or bracket pair that does not close, a placeholder without name, [[ inside [[.
tl::expected<std::vector<TextPiece>, TextError> parse_text(std::string_view line);

// A placeholder's value, cleaned.
struct Shown {
  std::string text;  // "" has nothing to print
  Form form = Form::text;
  std::string_view none;  // printed outside of [[...]] instead of ""; a literal
};
using Show = std::function<Shown(std::string_view name)>;

// The line in at most `width` octets: values that do not fit are shortened step by step, the longest first,
// down to their floors. It is longer than `width` only if they do not fit at their floors.
std::string compose(const std::vector<TextPiece>& pieces, const Show& show, std::size_t width);

// The length with every value at its floor and every optional part in.
std::size_t longest_at_floor(const std::vector<TextPiece>& pieces,
                             const std::function<Form(std::string_view name)>& form);

}  // namespace policy
