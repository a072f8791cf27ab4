#include "policy/explain/account.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "policy/explain/explain.h"
#include "policy/record/rederive.h"
#include "policy/record/write.h"

namespace policy {
namespace {

std::string_view done(Event event) {
  switch (event) {
    case Event::accept:
      return "was accepted";
    case Event::reject:
      return "was refused for good";
    case Event::defer:
      return "was deferred: the sender's server tries again";
    case Event::would_reject:
      return "was accepted; a rule in monitor mode would have refused it";
    case Event::would_defer:
      return "was accepted; a rule in monitor mode would have deferred it";
    case Event::mta_reject:
      return "was refused by the mail server itself; no policy was asked";
  }
  return "?";
}

std::string or_none(std::string_view text) { return text.empty() ? "(none)" : printable(text); }

class Account {
 public:
  explicit Account(const Explaining& matter) : matter_(matter), r_(matter.record) {}

  std::string text() {
    who();
    decision();
    reply();
    to_do();
    rules();
    exceptions();
    facts();
    lists();
    changes();
    return std::move(out_);
  }

 private:
  void title(std::string_view text) { out_ += fmt::format("\n{}\n", text); }
  void line(std::string_view name, std::string_view value) {
    out_ += fmt::format("  {:<24} {}\n", name, value);
  }

  void who() {
    out_ += fmt::format("This mail {}.\n", done(r_.event));
    title("who and when");
    line("ref", printable(r_.ref));
    line("when", fmt::format("{}, at {}", printable(r_.ts), to_text(r_.stage)));
    line("client", fmt::format("{} [{}]", or_none(r_.client_name), or_none(r_.client_ip)));
    line("helo", or_none(r_.helo.value_or("")));
    line("from", fmt::format("<{}>", printable(r_.mail_from.value_or(""))));
    for (const auto& rcpt : r_.rcpt) line("to", fmt::format("<{}>", printable(rcpt)));
    if (!r_.from_domain.empty()) line("From domain", printable(r_.from_domain));
    if (!r_.queue_id.empty()) line("queue id", printable(r_.queue_id));
    line("here", fmt::format("{}, session {}", or_none(r_.host), or_none(r_.session)) +
                     (r_.transaction > 0 ? fmt::format(", transaction {}", r_.transaction) : ""));
  }

  void decision() {
    title("what was decided");
    line("decision", to_text(r_.event));
    if (!r_.reason.empty()) line("reason", printable(r_.reason));
    if (r_.event != Event::mta_reject) line("rule", rule(r_.verdict.rule));
    if (r_.rule != r_.verdict.rule && !r_.rule.empty()) line("in monitor mode", rule(r_.rule));
    if (!r_.verdict.unknown.empty())
      line("because", fmt::format("{} is {}", printable(r_.verdict.unknown),
                                  value_text(r_.observed.facts, r_.verdict.unknown)));
    if (const auto opened = opened_by(r_.verdict); !opened.empty()) line("", opened);
    if (r_.verdict.rule == kSplit)
      for (const auto& before : r_.observed.accepted) line("accepted before", printable(before.path));
    const auto exceptions = r_.verdict.exceptions();
    if (!exceptions.empty()) line("exceptions", printable(fmt::format("{}", fmt::join(exceptions, ", "))));
    if (!r_.policy.empty()) line("policy", policy());
  }

  std::string rule(const std::string& id) const {
    if (id.empty()) return "none applied";
    if (id == kSplit) return fmt::format("{} {}", id, kSplitAloud);
    const auto* rule = matter_.policy ? matter_.policy->rule(id) : nullptr;
    if (!rule)
      return printable(id) + (matter_.policy ? fmt::format(" (no longer in {})", matter_.policy->file) : "");
    return fmt::format("{} at {}", rule->id, place_text(*rule));
  }

  std::string policy() const {
    if (!matter_.policy) return printable(r_.policy);
    if (matter_.policy->fingerprint == r_.policy)
      return fmt::format("{}: {} is still the same", printable(r_.policy), matter_.policy->file);
    return fmt::format("{}; {} is now {}: it has changed since, so lines and conditions may differ",
                       printable(r_.policy), matter_.policy->file, matter_.policy->fingerprint);
  }

  void reply() {
    if (!r_.mta_text.empty()) {
      title("what the mail server said");
      out_ += fmt::format("{} {}\n", printable(r_.enhanced), printable(r_.mta_text));
    }
    if (!r_.code || r_.reply.empty()) return;
    title(r_.mode == Mode::monitor ? "what would have been sent" : "what was sent");
    for (const auto& text : smtp_lines({*r_.code, r_.enhanced, r_.reply})) out_ += printable(text) + '\n';
  }

  void to_do() {
    const auto actor = who_acts(r_.actor);
    const auto* entry = matter_.catalogue ? entry_of(*matter_.catalogue) : nullptr;
    if (actor.empty() && !(entry && !entry->help.empty())) return;
    title("who should do what");
    if (!actor.empty()) line("who", fmt::format("{} ({})", actor, printable(r_.actor)));
    if (entry && !entry->help.empty()) out_ += entry->help + (entry->help.ends_with('\n') ? "" : "\n");
  }

  const ReplyTemplate* entry_of(const Catalogue& catalogue) const {
    const auto it = catalogue.find(r_.reason);
    return it == catalogue.end() ? nullptr : &it->second;
  }

  void rules() {
    if (r_.verdict.trace.empty()) return;
    title("rules considered, in order");
    for (const auto& considered : r_.verdict.trace) {
      line(printable(considered.rule), why(considered, r_));
      const auto* rule = matter_.policy ? matter_.policy->rule(considered.rule) : nullptr;
      if (rule && considered.truth == Truth::yes)
        for (const auto& condition : rule->when) line("", held(condition));
    }
  }

  // Those that changed something, or could not be decided.
  void exceptions() {
    std::vector<std::string> ids;
    for (const auto& considered : r_.verdict.trace)
      if (!considered.exception.empty() &&
          std::find(ids.begin(), ids.end(), considered.exception) == ids.end())
        ids.push_back(considered.exception);
    if (ids.empty()) return;
    title("exceptions that mattered");
    for (const auto& id : ids) exception(id);
  }

  void exception(const std::string& id) {
    const auto* found = matter_.policy ? exception_of(*matter_.policy, id) : nullptr;
    if (!found) return line(printable(id), matter_.policy ? "no longer in the policy" : "");
    line(found->id, fmt::format("at {}:{}", found->at.file, found->at.line));
    for (const auto& condition : found->when) line("", held(condition));
    line("", fmt::format("because: {}", printable(found->because)));
    line("", fmt::format("owner: {}", printable(found->owner)));
  }

  // A condition that held, with the value where the condition does not say it.
  std::string held(const Condition& condition) const {
    const auto value = value_text(r_.observed.facts, condition.path);
    const auto text = to_text(condition);
    return text.ends_with(" is " + value) ? text : fmt::format("{} (here {})", text, value);
  }

  void facts() {
    title("facts (* what the rules looked at)");
    if (r_.observed.facts.empty()) out_ += "  none were logged for this decision\n";
    const auto looked = paths_looked_at(r_, matter_.policy);
    for (const auto& group : r_.observed.facts.groups()) {
      out_ += fmt::format("  {}{}\n", group.name, source(group.name));
      if (group.why) line("    unknown", printable(group.why->reason));
      for (const auto& [path, value] : group.fields) {
        const bool star = std::binary_search(looked.begin(), looked.end(), path.text());
        line(fmt::format("  {} {}", star ? '*' : ' ', path.field()), value_text(r_.observed.facts, path));
      }
    }
  }

  // What each DNS list was asked, and its answer, before the policy reads it.
  void lists() {
    const auto& lists = r_.observed.lists;
    if (lists.empty()) return;
    title("what the DNS lists said");
    for (const auto& asked : lists) {
      const auto said = asked.subject.empty()    ? std::string("nothing to ask")
                        : !asked.trouble.empty() ? printable(asked.trouble)
                        : asked.addresses.empty()
                            ? std::string("not listed")
                            : printable(fmt::format("{}", fmt::join(asked.addresses, ", ")));
      const auto doubt =
          asked.doubt.empty() ? "" : fmt::format("; does not count: {}", printable(asked.doubt));
      line(printable(asked.list),
           fmt::format("{}{}{}{}", printable(asked.subject), asked.subject.empty() ? "" : ": ", said, doubt));
    }
  }

  // Which checks told it.
  std::string source(std::string_view group) const {
    std::vector<std::string_view> checks;
    if (matter_.schema)
      for (const auto& check : matter_.schema->checks())
        if (check.group == group) checks.push_back(check.name);
    if (checks.empty()) return "";
    return fmt::format(", told by check{} {}", checks.size() > 1 ? "s" : "", fmt::join(checks, " and "));
  }

  void changes() {
    if (r_.event == Event::mta_reject || !matter_.policy || !matter_.schema) return;
    title("what would have changed the verdict");
    now();
    const auto all = alternatives(r_, *matter_.policy, *matter_.schema);
    if (all.empty()) out_ += "  nothing that is a single change, with the policy as it is now\n";
    for (const auto& [of, if_what, then] : all) out_ += fmt::format("  if {}: {}\n", if_what, to_text(then));
  }

  // What follows is measured against today's policy, not against the one that decided.
  void now() {
    if (matter_.policy->fingerprint == r_.policy) return;
    const auto observed = rederived(r_, *matter_.policy, DerivedFields(*matter_.schema));
    const auto step = decide(*matter_.policy, observed.facts, moment_of(r_.stage));
    out_ += fmt::format("  with the policy as it is now: {}\n", to_text(step));
  }

  const Explaining& matter_;
  const Record& r_;
  std::string out_;
};

}  // namespace

std::string_view who_acts(std::string_view actor) {
  if (actor == "sender") return "the person who sent the mail";
  if (actor == "sender-admin") return "the administrator of the sending server";
  if (actor == "domain-admin") return "the administrator of the sender's domain";
  if (actor == "recipient") return "the recipient";
  if (actor == "recipient-admin") return "we: the administrators of this server";
  return "";
}

std::string account(const Explaining& matter) { return Account(matter).text(); }

std::string account_json(const Explaining& matter) {
  using Json = nlohmann::ordered_json;
  const auto& r = matter.record;
  Json out;
  out["ref"] = r.ref;
  out["event"] = to_text(r.event);
  out["reason"] = r.reason.empty() ? Json() : Json(r.reason);
  out["rule"] = {{"id", r.rule.empty() ? Json() : Json(r.rule)}, {"file", nullptr}, {"line", nullptr}};
  if (const auto* rule = matter.policy ? matter.policy->rule(r.rule) : nullptr)
    out["rule"].update({{"file", rule->at.file}, {"line", rule->at.line}});
  out["policy"] = {{"logged", r.policy}, {"now", matter.policy ? Json(matter.policy->fingerprint) : Json()}};
  out["reply"] = r.code ? Json(smtp_lines({*r.code, r.enhanced, r.reply})) : Json::array();
  out["actor"] = r.actor.empty() ? Json() : Json(r.actor);
  out["who_acts"] = who_acts(r.actor);
  out["looked_at"] = paths_looked_at(r, matter.policy);
  out["changes"] = Json::array();
  if (matter.policy && matter.schema && r.event != Event::mta_reject)
    for (const auto& [of, if_what, then] : alternatives(r, *matter.policy, *matter.schema))
      out["changes"].push_back({{"of", to_text(of)}, {"if", if_what}, {"then", to_text(then)}});
  out["record"] = Json::parse(to_json(r));
  return out.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

}  // namespace policy
