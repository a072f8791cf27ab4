// What we say to the other side, rendered from the catalogue (conf/replies.yaml). Pure; any thread.
#pragma once
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/diagnostic.h"
#include "policy/fact.h"
#include "policy/policy.h"
#include "policy/reply/clean.h"
#include "policy/schema.h"

namespace policy {

// Who can do something about it.
enum class Actor { none, sender, sender_admin, domain_admin, recipient, recipient_admin };
std::string_view to_text(Actor actor);  // "sender-admin" …

inline constexpr std::array<std::string_view, 6> kReplyCategories{"recipient", "system", "client",
                                                                  "sender",    "auth",   "message"};

inline constexpr std::size_t kMostReplyLines = 4;  // more is cut by some bounce formats
inline constexpr std::size_t kLongestReplyLine =
    200;  // octets, code and enhanced code included: survives every bounce
inline constexpr std::size_t kLongestHelpUrl =
    120;                                           // octets of site.help; a longer one is left out of replies
inline constexpr std::size_t kLongestReason = 30;  // octets of a catalogue id: it is the end of the help URL

// The reason whose text is used when a reason has none.
inline constexpr std::string_view kFilterError = "filter-error";

// One reason of the catalogue. Its id is the map's key: kebab-case, for ever.
struct ReplyTemplate {
  int code = 550;        // 4xx or 5xx
  std::string enhanced;  // "5.7.1": its class is the code's first digit
  Actor actor = Actor::none;
  std::string category;           // one of kReplyCategories
  std::vector<std::string> text;  // 1 to 4 lines with {placeholders} (reply_text.h); the last has ref={ref}
  std::string fallback;           // one line without placeholders, for when the text cannot be used
  std::string help;               // Markdown for the help page: what happened, who does what
  FactSet sample;                 // facts for the documentation and the golden test
  // Of the facts that `text` mentions, from the schema: how they are cleaned. One that is not here is text.
  std::map<std::string, Kind, std::less<>> kinds;
  // The same refusal as a deferral (a rule says `defer: ID`, or trial): 0 and "" when there is none.
  int temporary_code = 0;
  std::string temporary_enhanced;
  Place at;
};

using Catalogue = std::map<std::string, ReplyTemplate, std::less<>>;

struct Reply {
  int code = 0;
  std::string enhanced;
  std::vector<std::string> lines;  // without codes; printable ASCII
  bool fallback = false;           // the static text was used
  bool operator==(const Reply&) const = default;
};

// What a text may mention that is not a fact: {site.name}, {help}, {contact}, {ref}, {reason}.
struct ReplyContext {
  const Site& site;
  std::string ref;
};

// The reply for `reason`. `action` defer never yields a 5xx, whatever the catalogue says: the temporary code
// is taken, or 451 and the enhanced code in class 4; a reason that is not in the catalogue gives the text of
// `filter-error`, a 4xx for every action. The result always passes `lint`.
Reply render(const Catalogue& catalogue, std::string_view reason, Action action, const FactSet& facts,
             const ReplyContext& context);

// Why a reply may not leave, or "": 1..4 lines, each at most 200 octets with its code, printable ASCII, a 4xx
// or 5xx code, an enhanced code of the same class, ref= exactly once, in the last line (the static fallback
// may be without).
std::string lint(const Reply& reply);

// A code that a refusal may have: 400..599. An enhanced code whose class is the code's first digit
// (RFC 2034 4).
bool is_refusal_code(int code);
bool is_enhanced_code(std::string_view enhanced, int code);

// What is left for the text of a line of kLongestReplyLine octets.
std::size_t text_width(std::string_view enhanced);

// How the value of a placeholder is cleaned: a fact of `kinds`, or one of kContextNames.
Form placeholder_form(std::string_view name, const std::map<std::string, Kind, std::less<>>& kinds);
inline constexpr std::array<std::string_view, 5> kContextNames{"site.name", "help", "contact", "ref",
                                                               "reason"};

// The lines as SMTP shows them: "550-5.7.1 text", "550 5.7.1 text".
std::vector<std::string> smtp_lines(const Reply& reply);

}  // namespace policy
