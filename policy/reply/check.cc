#include "policy/reply/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/nearest.h"
#include "policy/reply/text.h"
#include "policy/text.h"

namespace policy {
namespace {

constexpr std::string_view kRef = "ref=";

bool is_context(std::string_view name) {
  return std::find(kContextNames.begin(), kContextNames.end(), name) != kContextNames.end();
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

// Also when an optional part in front is left out.
bool begins_with_value(const std::vector<TextPiece>& pieces) {
  if (pieces.empty()) return true;
  const auto always =
      std::find_if(pieces.begin(), pieces.end(), [](const TextPiece& p) { return p.optional == 0; });
  return pieces.front().placeholder || (always != pieces.end() && always->placeholder);
}

class Checker {
 public:
  Checker(const ReplyTemplate& entry, const Schema& schema, SchemaHas has)
      : entry_(entry), schema_(schema), has_(has) {}

  std::vector<TextProblem> run() {
    codes();
    if (entry_.text.empty() || entry_.text.size() > kMostReplyLines)
      say("text", fmt::format("{} lines; expected 1 to {}", entry_.text.size(), kMostReplyLines));
    for (std::size_t i = 0; i < entry_.text.size(); ++i) line(i);
    reference();
    fallback();
    return std::move(problems_);
  }

 private:
  void say(std::string_view key, std::string what) {
    problems_.push_back({.key = key, .what = std::move(what)});
  }
  void say_at(std::size_t line, std::size_t offset, std::string what, std::string suggestion = "") {
    problems_.push_back({"text", line, offset, std::move(what), std::move(suggestion)});
  }

  void codes() {
    const auto& e = entry_;
    if (!is_refusal_code(e.code))
      say("code", fmt::format("code {}; expected 400 to 599", e.code));
    else if (!is_enhanced_code(e.enhanced, e.code))
      say("enhanced", fmt::format("enhanced code \"{}\" with code {}; expected {}.x.y, of the same class",
                                  e.enhanced, e.code, e.code / 100));
    if (e.temporary_code == 0) return;
    if (e.temporary_code >= 500 || !is_enhanced_code(e.temporary_enhanced, e.temporary_code))
      say("temporary", fmt::format("\"{} {}\"; expected a 4xx code and an enhanced code 4.x.y",
                                   e.temporary_code, e.temporary_enhanced));
  }

  std::size_t width() const {
    return text_width(std::max(std::string_view(entry_.enhanced), std::string_view(entry_.temporary_enhanced),
                               [](auto a, auto b) { return a.size() < b.size(); }));
  }

  void line(std::size_t i) {
    const auto& written = entry_.text[i];
    if (!is_printable(written)) say_at(i, 0, "expected printable ASCII only");
    const auto pieces = parse_text(written);
    if (!pieces) return say_at(i, pieces.error().offset, pieces.error().what);
    if (begins_with_value(*pieces))
      say_at(i, 0, "expected the line to begin with words: a value must not look like a code");
    for (const auto& piece : *pieces)
      if (piece.placeholder) placeholder(i, piece.text);
    const auto longest = longest_at_floor(*pieces, [this](std::string_view name) { return form(name); });
    if (longest > width())
      say_at(i, 0,
             fmt::format("the line may have {} octets with its codes; expected at most {}",
                         longest + kLongestReplyLine - width(), kLongestReplyLine));
  }

  Form form(std::string_view name) const {
    const auto found = schema_.find(name);
    const auto kind = found.field ? found.field->traits.kind : Kind::text;
    const auto form = is_context(name) ? placeholder_form(name, {}) : form_of(name, kind);
    const bool joined = found.field && found.field->many && form != Form::url;
    return joined ? Form::text : form;
  }

  void placeholder(std::size_t i, std::string_view name) {
    if (is_context(name) || schema_.find(name).field || has_ == SchemaHas::some) return;
    auto known = schema_.paths();
    known.insert(known.end(), kContextNames.begin(), kContextNames.end());
    const auto near = nearest(name, known);
    say_at(i, entry_.text[i].find(fmt::format("{{{}}}", name)),
           fmt::format("unknown placeholder {{{}}}", name), near.empty() ? "" : fmt::format("{{{}}}", near));
  }

  void reference() {
    std::size_t refs = 0;
    for (const auto& line : entry_.text) refs += count(line, kRef);
    if (refs != 1 || count(entry_.text.back(), "ref={ref}") != 1)
      return say("text", "expected ref={ref} once, in the last line: it leads from the reply to the log");
    const auto pieces = parse_text(entry_.text.back());
    if (pieces && std::any_of(pieces->begin(), pieces->end(), [](const TextPiece& piece) {
          return piece.placeholder && piece.text == "ref" && piece.optional > 0;
        }))
      say("text", "expected ref={ref} outside of [[...]]: it must always be there");
  }

  void fallback() {
    const auto& words = entry_.fallback;
    // The reference is put behind it: a space, "ref=" and a word.
    const auto room = width() - 1 - kRef.size() - widths(Form::word).full;
    if (words.empty() || !is_printable(words) || words.size() > room)
      say("fallback", fmt::format("expected 1 to {} printable ASCII characters", room));
    if (words.find_first_of("{}") != std::string::npos || count(words, kRef) > 0)
      say("fallback", "expected words only, without placeholders and without ref=");
  }

  const ReplyTemplate& entry_;
  const Schema& schema_;
  SchemaHas has_;
  std::vector<TextProblem> problems_;
};

}  // namespace

std::vector<TextProblem> check_text(const ReplyTemplate& entry, const Schema& schema, SchemaHas has) {
  return Checker(entry, schema, has).run();
}

std::map<std::string, Kind, std::less<>> kinds_of(const std::vector<std::string>& text,
                                                  const Schema& schema) {
  std::map<std::string, Kind, std::less<>> out;
  for (const auto& line : text) {
    const auto pieces = parse_text(line);
    if (!pieces) continue;
    for (const auto& piece : *pieces)
      if (const auto found = schema.find(piece.text); piece.placeholder && found.field)
        out[piece.text] = found.field->traits.kind;
  }
  return out;
}

}  // namespace policy
