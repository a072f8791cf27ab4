#include "milter/auth/claimed_results.h"

#include <algorithm>

#include "milter/mail/header_tokens.h"
#include "policy/domain.h"
#include "policy/domain_form.h"

namespace milter {
namespace {

using Kind = HeaderToken::Kind;

// RFC 2045 tspecials that our tokens keep inside words: "mx.example.net/1" names mx.example.net.
constexpr std::string_view kEndsId = "/=?\\";

enum class Blanks { end_it, between_dots };

// The authserv-id at the front: a quoted string, or words and dots. Readers differ on blanks beside a dot.
std::string leading_id(const std::vector<HeaderToken>& tokens, Blanks blanks) {
  std::string out;
  bool after_dot = true;
  for (const auto& token : tokens) {
    const bool dot = token.is('.');
    if (!dot && (token.kind == Kind::special || token.kind == Kind::literal)) break;
    if (token.after_space && !out.empty() && (blanks == Blanks::end_it || (!dot && !after_dot))) break;
    const auto end = token.kind == Kind::word ? token.text.find_first_of(kEndsId) : std::string::npos;
    out += token.text.substr(0, end);
    if (end != std::string::npos) break;
    after_dot = dot;
  }
  return out;
}

bool same_id(std::string_view claimed, std::string_view ours) {
  if (policy::normal_name(claimed) == policy::normal_name(ours)) return true;
  const auto a_labels = policy::to_a_labels(claimed);  // RFC 8601 2.2: an id may be in U-labels
  return !a_labels.empty() && a_labels == policy::to_a_labels(ours);
}

constexpr std::string_view kBlank = " \t\r\n";

std::string_view without_blanks_before(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text;
}

// The name at the front, perhaps in quotes.
std::string_view leading_name(std::string_view text) {
  text = without_blanks_before(text);
  if (text.starts_with('"')) text.remove_prefix(1);
  return text.substr(0, text.find_first_of("\";:() \t\r\n"));
}

// What stands behind each "receiver" "=" of a lower case text, whatever is before it.
bool has_receiver(std::string_view text, std::string_view name) {
  constexpr std::string_view kKey = "receiver";
  for (auto at = text.find(kKey); at != std::string_view::npos; at = text.find(kKey, at + 1)) {
    const auto rest = without_blanks_before(text.substr(at + kKey.size()));
    if (rest.starts_with('=') && same_id(leading_name(rest.substr(1)), name)) return true;
  }
  return false;
}

}  // namespace

bool claims_receiver(std::string_view value, std::string_view receiver) {
  if (receiver.empty()) return false;
  const auto text = policy::lower(value);
  const auto comment = text.find('(');
  const bool commented = comment != std::string::npos &&
                         same_id(leading_name(std::string_view(text).substr(comment + 1)), receiver);
  return commented || has_receiver(text, receiver);
}

bool claims_authserv_id(std::string_view value, std::string_view authserv_id) {
  if (authserv_id.empty()) return false;
  const auto [tokens, problem] = read_tokens(value);
  for (const auto blanks : {Blanks::end_it, Blanks::between_dots})
    if (same_id(leading_id(tokens, blanks), authserv_id)) return true;
  return !problem.empty() && policy::lower(value).find(policy::normal_name(authserv_id)) != std::string::npos;
}

}  // namespace milter
