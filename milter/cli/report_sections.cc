// The sections of the report that need more than counting refusals.
#include <fmt/format.h>

#include "milter/cli/report_page.h"

namespace milter {
namespace {

using policy::Doubt;
using policy::Event;

constexpr std::string_view kNothing = "<p>Nothing of that kind.</p>\n";

Html sentence(std::string_view text, std::uint64_t count) {
  return {fmt::format("{} × {}", number(count).code, escape(text).code)};
}

Html why(const policy::Suspect& suspect) {
  std::vector<Html> out;
  if (const auto count = suspect[Doubt::aligned])
    out.push_back(sentence("a DKIM signature of the sender's own domain was good", count));
  if (const auto count = suspect[Doubt::retried])
    out.push_back(sentence("the same sender reached the same recipient later", count));
  if (const auto count = suspect[Doubt::familiar])
    out.push_back(sentence(fmt::format("the domain was known: {} messages had been accepted before",
                                       number(suspect.accepted_before).code),
                           count));
  if (const auto count = suspect[Doubt::single_list])
    out.push_back(sentence(fmt::format("a single list had it ({})", suspect.list), count));
  return bullets(out);
}

Html references(const std::vector<std::string>& refs) {
  Html out;
  for (const auto& ref : refs) out.code += (out.code.empty() ? "" : " ") + code(ref).code;
  return out;
}

// "zen (12), psbl (3)": the lists that had the same clients, the most frequent first.
Html also_on(const std::string& list, const policy::ReportLists& lists) {
  policy::Frequent<std::uint64_t> others(policy::kMostReportLists);
  for (const auto& [pair, count] : lists.both.all()) {
    if (pair.first == list) others[pair.second] += count;
    if (pair.second == list) others[pair.first] += count;
  }
  Html out;
  for (const auto& [id, count] : others.top(policy::kMostReportLists))
    out.code += fmt::format("{}{} ({})", out.code.empty() ? "" : ", ", escape(id).code, number(count).code);
  return out;
}

HtmlTable list_table(const policy::ReportLists& lists) {
  HtmlTable out("DNS lists, by sessions that they list", {{"list"},
                                                          {"listed", HtmlColumn::Form::number},
                                                          {"of all asked", HtmlColumn::Form::number},
                                                          {"by it alone", HtmlColumn::Form::number},
                                                          {"share alone", HtmlColumn::Form::text},
                                                          {"also on", HtmlColumn::Form::wide}});
  const auto by_hits = [](const policy::ListCounts& counts) { return counts.hits; };
  for (const auto& [id, counts] : lists.lists.top(kMostRows, by_hits))
    out.row({code(id), number(counts.hits), percent(counts.hits, lists.asked), number(counts.alone),
             bar(counts.alone, counts.hits), also_on(id, lists)});
  return out;
}

Html list_problems(const policy::ReportLists& lists) {
  HtmlTable table(
      "Sessions in which a list did not count",
      {{"list"}, {"sessions", HtmlColumn::Form::number}, {"the last cause", HtmlColumn::Form::wide}});
  for (const auto& [id, counts] :
       lists.lists.top(kMostRows, [](const policy::ListCounts& one) { return one.problems; }))
    if (counts.problems > 0) table.row({code(id), number(counts.problems), name(counts.problem)});
  return table.empty() ? Html{} : table.html();
}

// Lists of the policy that hit nothing.
Html silent_lists(const ReportSources& sources) {
  Html ids;
  if (!sources.policy || sources.report.lists.asked == 0) return {};
  for (const auto& list : sources.policy->lists) {
    const auto* counts = sources.report.lists.lists.find(list.id);
    if (!list.allow && (!counts || counts->hits == 0))
      ids.code += (ids.code.empty() ? "" : ", ") + code(list.id).code;
  }
  return ids.code.empty() ? Html{} : Html{"<p>Listed nobody: " + ids.code + ".</p>\n"};
}

Html never(std::string_view what, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  Html out{fmt::format("<h3>{}</h3>\n", escape(what).code)};
  std::vector<Html> items;
  for (const auto& id : ids) items.push_back(code(id));
  out += bullets(items);
  return out;
}

Html names_table(const std::string& caption, const std::string& of,
                 const policy::Frequent<std::uint64_t>& counts) {
  HtmlTable out(caption, {{of, HtmlColumn::Form::wide}, {"times", HtmlColumn::Form::number}});
  for (const auto& [key, count] : counts.top(kMostRows)) out.row({name(key), number(count)});
  return out.empty() ? Html{} : out.html();
}

// How many records the given policy has made: of others, the rules may have been different ones.
Html records_of(const policy::Policy& policy, const policy::Report& report) {
  const auto* own = report.policies.find(policy.fingerprint);
  return {fmt::format("<p>{} of {} records were made by this very policy ({}, {}).</p>\n",
                      number(own ? *own : 0).code, number(report.events.total()).code, code(policy.file).code,
                      code(policy.fingerprint).code)};
}

}  // namespace

Html likely_mistakes(const ReportSources& sources) {
  auto out =
      heading("Refusals that were likely a mistake",
              "The likeliest first. A sign, not a proof: look at the references with fivefifty explain.");
  HtmlTable table("Likely mistakes, by domain of the sender and reason",
                  {{"domain"},
                   {"reason"},
                   {"refused", HtmlColumn::Form::number},
                   {"monitored", HtmlColumn::Form::number},
                   {"what speaks for a mistake", HtmlColumn::Form::wide},
                   {"references"}});
  for (const auto& suspect : sources.report.suspects.likeliest(kMostRows))
    table.row({name(suspect.domain), code(suspect.reason), number(suspect.refused), number(suspect.would),
               why(suspect), references(suspect.refs)});
  if (table.empty()) return out.code += kNothing, out;
  out += table.html();
  if (const auto all = sources.report.suspects.count(); all > kMostRows)
    out.code += fmt::format("<p class=\"soft\">{} more are not shown.</p>\n", number(all - kMostRows).code);
  return out;
}

Html dns_lists(const ReportSources& sources) {
  const auto& lists = sources.report.lists;
  auto out = heading(
      "DNS lists",
      "A list that lists much by itself does work that no other does; its mistakes are its own, too.");
  if (lists.asked == 0) return out.code += "<p>No list was asked.</p>\n", out;
  out.code += fmt::format(
      "<p>Lists were asked in {} sessions; in {} of them ({}) the client or a name was listed.</p>\n",
      number(lists.asked).code, number(lists.hit).code, percent(lists.hit, lists.asked).code);
  if (const auto table = list_table(lists); !table.empty()) out += table.html();
  out += silent_lists(sources);
  out += list_problems(lists);
  return out;
}

Html rules_and_exceptions(const ReportSources& sources) {
  const auto& report = sources.report;
  auto out = heading("Rules and exceptions", "How often each rule decided, or would have in monitor mode.");
  HtmlTable table("Decisions by rule", {{"rule"},
                                        {"rejected", HtmlColumn::Form::number},
                                        {"deferred", HtmlColumn::Form::number},
                                        {"accepted", HtmlColumn::Form::number},
                                        {"monitored", HtmlColumn::Form::number}});
  for (const auto& [id, counts] : report.rules.top(kMostRows))
    table.row({code(id), number(counts[Event::reject]), number(counts[Event::defer]),
               number(counts[Event::accept]), number(counts.would())});
  out.code += table.empty() ? std::string("<p>No rule decided anything.</p>\n") : table.html().code;
  out += names_table("Exceptions that let mail past a rule", "exception", report.exceptions);
  if (!sources.policy)
    return out.code +=
           "<p class=\"soft\">Rules that never fired are shown when the policy is given: --policy.</p>\n",
           out;
  out += records_of(*sources.policy, report);
  out += never("Rules that never fired", policy::never_fired(report, *sources.policy));
  out += never("Exceptions that were never used", policy::never_used_exceptions(report, *sources.policy));
  return out;
}

Html own_troubles(const ReportSources& sources) {
  const auto& report = sources.report;
  auto out =
      heading("What we could not find out",
              "DNS that did not answer, sources that could not be read: such trouble defers mail, or leaves "
              "a rule out, but never refuses for good.");
  HtmlTable table("Unknown facts", {{"fact"},
                                    {"decisions", HtmlColumn::Form::number},
                                    {"deferred for it", HtmlColumn::Form::number},
                                    {"the last cause", HtmlColumn::Form::wide}});
  for (const auto& [path, counts] : report.troubles.top(kMostRows))
    table.row({code(path), number(counts.seen), number(counts.deferred), name(counts.example)});
  if (table.empty() && report.own_faults.all().empty()) return out.code += kNothing, out;
  if (!table.empty()) out += table.html();
  out += names_table("Deferred for trouble of our own", "reason", report.own_faults);
  return out;
}

Html unknown_recipients(const ReportSources& sources) {
  const auto& report = sources.report;
  auto out =
      heading("Mail to mailboxes that do not exist",
              "Our own users' stale addresses, and bounces to addresses that somebody made up in our name.");
  if (report.unknown_recipients == 0) return out.code += kNothing, out;
  out.code += fmt::format("<p>{} recipients in all.</p>\n", number(report.unknown_recipients).code);
  out += names_table("By our own users and trusted clients: their lists need cleaning", "user or client",
                     report.unknown_by_user);
  out += names_table("Bounces (null sender) to unknown recipients", "recipient", report.bounced_to);
  return out;
}

}  // namespace milter
