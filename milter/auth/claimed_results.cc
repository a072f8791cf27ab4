#include "milter/auth/claimed_results.h"

#include <algorithm>

#include "milter/mail/domain_form.h"
#include "milter/mail/header_tokens.h"
#include "policy/domain.h"

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
  const auto a_labels = to_a_labels(claimed);  // RFC 8601 2.2: an id may be in U-labels
  return !a_labels.empty() && a_labels == to_a_labels(ours);
}

}  // namespace

bool claims_authserv_id(std::string_view value, std::string_view authserv_id) {
  if (authserv_id.empty()) return false;
  const auto [tokens, problem] = read_tokens(value);
  for (const auto blanks : {Blanks::end_it, Blanks::between_dots})
    if (same_id(leading_id(tokens, blanks), authserv_id)) return true;
  return !problem.empty() && policy::lower(value).find(policy::normal_name(authserv_id)) != std::string::npos;
}

}  // namespace milter
