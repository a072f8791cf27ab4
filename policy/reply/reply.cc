#include "policy/reply/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "policy/reply/text.h"
#include "policy/text.h"

namespace policy {
namespace {

constexpr std::string_view kUnknown = "(unknown)";  // nobody asked, or no answer came
constexpr std::string_view kNone = "(none)";        // known to be empty
constexpr std::string_view kRef = "ref=";

// Words for a catalogue whose own are not fit to be sent.
std::string_view last_words(int code) {
  return code < 500 ? "Temporary: your server will try again by itself."
                    : "Refused by the policy of this server.";
}

// For a catalogue without filter-error: a fault of ours, so a 4xx.
const ReplyTemplate& last_resort() {
  static const ReplyTemplate text{.code = 451, .enhanced = "4.3.0"};
  return text;
}

const ReplyTemplate& template_of(const Catalogue& catalogue, std::string_view reason) {
  for (const auto id : {reason, kFilterError})
    if (const auto found = catalogue.find(id); found != catalogue.end()) return found->second;
  return last_resort();
}

bool is_ref_letter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string clean_ref(std::string_view ref) {
  std::string out;
  std::copy_if(ref.begin(), ref.end(), std::back_inserter(out), is_ref_letter);
  return clean(std::string_view(out), Form::word);
}

std::string clean_help(std::string_view help) {
  return help.size() > kLongestHelpUrl ? "" : clean(help, Form::url);
}

// What is printed for a fact that has no text, outside of [[...]].
std::string_view nothing(const Value* value, Form form) {
  if (!value || std::holds_alternative<Unavailable>(*value)) return kUnknown;
  // The null sender is "<>", an empty HELO "": the catalogue writes the marks around them.
  return form == Form::mailbox || form == Form::helo ? "" : kNone;
}

Shown show_fact(std::string_view path, Form form, const FactSet& facts) {
  const auto* value = facts.value(path);
  // A list is cleaned item by item, and shortened as the text that it is.
  const bool joined = value && std::holds_alternative<TextList>(*value) && form != Form::url;
  return {value ? clean(*value, form) : "", joined ? Form::text : form, nothing(value, form)};
}

struct Rendering {
  const ReplyTemplate& text;
  std::string_view reason;
  const FactSet& facts;
  const ReplyContext& context;

  Shown show(std::string_view name) const {
    const auto form = placeholder_form(name, text.kinds);
    const auto& site = context.site;
    if (name == "ref") return {clean_ref(context.ref), form, kUnknown};
    if (name == "reason") return {clean(reason, form), form, kUnknown};
    if (name == "help") return {clean_help(site.help), form, kNone};
    if (name == "contact") return {clean(std::string_view(site.contact), form), form, kNone};
    if (name == "site.name") return {clean(std::string_view(site.name), form), form, "this server"};
    return show_fact(name, form, facts);
  }

  // Empty: a line of the catalogue is not well-formed (load refuses such a one).
  std::vector<std::string> lines(std::size_t width) const {
    std::vector<std::string> out;
    for (const auto& line : text.text) {
      const auto pieces = parse_text(line);
      if (!pieces) return {};
      auto composed = compose(
          *pieces, [this](std::string_view name) { return show(name); }, width);
      if (!composed.empty()) out.push_back(std::move(composed));
    }
    return out;
  }
};

struct Codes {
  int code = 451;
  std::string enhanced = "4.3.0";
};

Codes codes_of(const ReplyTemplate& text, Action action) {
  if (!is_refusal_code(text.code) || !is_enhanced_code(text.enhanced, text.code)) return {};
  if (action != Action::defer || text.code < 500) return {text.code, text.enhanced};
  if (text.temporary_code < 500 && is_enhanced_code(text.temporary_enhanced, text.temporary_code))
    return {text.temporary_code, text.temporary_enhanced};
  return {451, "4" + text.enhanced.substr(1)};
}

// Static words, and our own reference.
std::string fallback_line(const ReplyTemplate& text, const Reply& reply, std::string_view ref) {
  const auto shown = clean_ref(ref);
  const auto end = shown.empty() ? "" : fmt::format(" {}{}", kRef, shown);
  const std::string_view words = text.fallback;
  const bool fit = !words.empty() && is_printable(words) && words.find(kRef) == std::string_view::npos &&
                   words.size() + end.size() <= text_width(reply.enhanced);
  return std::string(fit ? words : last_words(reply.code)) + end;
}

std::size_t count(std::string_view line, std::string_view what) {
  std::size_t n = 0;
  for (auto at = line.find(what); at != std::string_view::npos; at = line.find(what, at + what.size())) ++n;
  return n;
}

std::string lint_lines(const std::vector<std::string>& lines, std::size_t width) {
  if (lines.empty() || lines.size() > kMostReplyLines)
    return fmt::format("{} lines, not 1 to {}", lines.size(), kMostReplyLines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) return fmt::format("line {} is empty", i + 1);
    if (lines[i].size() > width)
      return fmt::format("line {} has {} octets more than fit", i + 1, lines[i].size() - width);
    if (!is_printable(lines[i])) return fmt::format("line {} is not printable ASCII", i + 1);
  }
  return "";
}

std::string lint_ref(const Reply& reply) {
  std::size_t found = 0;
  for (const auto& line : reply.lines) found += count(line, kRef);
  if (found == 0 && reply.fallback) return "";
  if (found != 1) return fmt::format("ref= occurs {} times, not once", found);
  return count(reply.lines.back(), kRef) == 1 ? "" : "ref= is not in the last line";
}

}  // namespace

std::string_view to_text(Actor actor) {
  switch (actor) {
    case Actor::none:
      return "none";
    case Actor::sender:
      return "sender";
    case Actor::sender_admin:
      return "sender-admin";
    case Actor::domain_admin:
      return "domain-admin";
    case Actor::recipient:
      return "recipient";
    case Actor::recipient_admin:
      return "recipient-admin";
  }
  return "?";
}

bool is_refusal_code(int code) { return code >= 400 && code <= 599; }

bool is_enhanced_code(std::string_view enhanced, int code) {
  if (enhanced.empty() || enhanced.front() - '0' != code / 100) return false;
  std::size_t at = 1;
  for (int part = 0; part < 2; ++part) {  // RFC 3463 2: subject and detail, 1 to 3 digits each
    if (at >= enhanced.size() || enhanced[at] != '.') return false;
    const auto begin = ++at;
    while (at < enhanced.size() && enhanced[at] >= '0' && enhanced[at] <= '9') ++at;
    if (at == begin || at - begin > 3) return false;
  }
  return at == enhanced.size();
}

std::size_t text_width(std::string_view enhanced) {
  return kLongestReplyLine - std::string_view("550-").size() - enhanced.size() - 1;
}

Form placeholder_form(std::string_view name, const std::map<std::string, Kind, std::less<>>& kinds) {
  if (name == "help") return Form::url;
  if (name == "contact") return Form::mailbox;
  if (name == "site.name") return Form::domain;
  if (name == "ref" || name == "reason") return Form::word;
  const auto kind = kinds.find(name);
  return form_of(name, kind == kinds.end() ? Kind::text : kind->second);
}

Reply render(const Catalogue& catalogue, std::string_view reason, Action action, const FactSet& facts,
             const ReplyContext& context) {
  const auto& text = template_of(catalogue, reason);
  const auto shown_reason = catalogue.contains(reason) ? reason : kFilterError;
  auto [code, enhanced] = codes_of(text, action);
  Reply reply{.code = code, .enhanced = std::move(enhanced)};
  reply.lines = Rendering{text, shown_reason, facts, context}.lines(text_width(reply.enhanced));
  if (lint(reply).empty()) return reply;
  reply.fallback = true;
  reply.lines = {fallback_line(text, reply, context.ref)};
  return reply;
}

std::string lint(const Reply& reply) {
  if (!is_refusal_code(reply.code)) return fmt::format("code {} is not a 4xx or 5xx", reply.code);
  if (!is_enhanced_code(reply.enhanced, reply.code))
    return fmt::format("enhanced code {} does not suit {}", reply.enhanced, reply.code);
  if (auto problem = lint_lines(reply.lines, text_width(reply.enhanced)); !problem.empty()) return problem;
  return lint_ref(reply);
}

std::vector<std::string> smtp_lines(const Reply& reply) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < reply.lines.size(); ++i)
    out.push_back(fmt::format("{}{}{} {}", reply.code, i + 1 < reply.lines.size() ? '-' : ' ', reply.enhanced,
                              reply.lines[i]));
  return out;
}

}  // namespace policy
