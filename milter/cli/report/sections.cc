#include "milter/cli/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace milter {
namespace {

using policy::Doubt;
using policy::Event;

constexpr std::string_view kNothing = "<p>Nothing of that kind.</p>\n";

// "12 minutes": as exact as anybody asks.
std::string duration(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  const auto [unit, word] = seconds < 2 * kMinute ? std::pair{std::int64_t{1}, "second"}
                            : seconds < 2 * kHour ? std::pair{kMinute, "minute"}
                            : seconds < 2 * kDay  ? std::pair{kHour, "hour"}
                                                  : std::pair{kDay, "day"};
  const auto count = seconds / unit;
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string named(const policy::Client& client) {
  return client.name.empty() ? client.ip : fmt::format("{} ({})", client.ip, client.name);
}

// What the last retry was, so that it can be looked up; "" is none.
std::string course_of(const std::optional<policy::Retry>& retry) {
  if (!retry) return "";
  const auto& refused = retry->refused;
  if (policy::kinship(refused.client, retry->client) == policy::Kinship::same)
    return fmt::format("the last: {}, accepted from the same address {} later", refused.ref,
                       duration(retry->seconds));
  return fmt::format("the last: {}, refused from {}, accepted from {} {} later", refused.ref,
                     named(refused.client), named(retry->client), duration(retry->seconds));
}

// What is said of a doubt, and more about it in a lower voice.
struct Words {
  std::string text, more;
};

Words words_of(Doubt doubt, const policy::Suspect& suspect) {
  switch (doubt) {
    case Doubt::aligned:
      return {"a good DKIM signature was aligned with the From domain",
              "so say the DMARC facts of the record"};
    case Doubt::related:
      return {"a good DKIM signature was of the From domain, or of one above or below it",
              "the record has no DMARC facts: judged by the names alone"};
    case Doubt::retried:
      return {"refused, then delivered on a later try", course_of(suspect.retried)};
    case Doubt::familiar:
      return {"the domain was well known",
              fmt::format("{} messages had been accepted before", number(suspect.accepted_before).code)};
    case Doubt::single_list:
      return {"a single list had it", suspect.list};
    case Doubt::elsewhere:
      return {
          "later mail of this sender to the same recipient was delivered, but from a server of somebody "
          "else: a mistake only if both servers are the sender's",
          course_of(suspect.elsewhere)};
  }
  return {};
}

Html why(const policy::Suspect& suspect) {
  std::vector<Html> out;
  for (std::size_t i = 0; i < policy::kDoubts; ++i) {
    if (suspect.of[i] == 0) continue;
    const auto words = words_of(static_cast<Doubt>(i), suspect);
    out.push_back({fmt::format("{} × {} <span class=\"soft\">({})</span>", number(suspect.of[i]).code,
                               escape(words.text).code, escape(words.more).code)});
  }
  return bullets(out);
}

Html references(const std::vector<std::string>& refs) {
  Html out;
  for (const auto& ref : refs) out.code += (out.code.empty() ? "" : " ") + code(ref).code;
  return out;
}

Html forgotten_retries(const policy::ReportRetries& retries) {
  if (retries.forgotten() == 0) return {};
  return {fmt::format(
      "<p class=\"soft\">Whether a refused mail was delivered later is known of the latest {} refusals at a "
      "time: {} others were forgotten before {} days were over.</p>\n",
      number(policy::kMostAwaitedRetries).code, number(retries.forgotten()).code,
      policy::kRetryWindow / (24 * 3600))};
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
                                                          {"refused", HtmlColumn::Form::number},
                                                          {"refused by it alone", HtmlColumn::Form::number},
                                                          {"also on", HtmlColumn::Form::wide}});
  const auto by_hits = [](const policy::ListCounts& counts) { return counts.hits; };
  for (const auto& [id, counts] : lists.lists.top(kMostRows, by_hits))
    out.row({code(id), number(counts.hits), percent(counts.hits, lists.asked), number(counts.alone),
             bar(counts.alone, counts.hits), number(counts.refused), number(counts.refused_alone),
             also_on(id, lists)});
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
  std::vector<Html> items(ids.size());
  std::transform(ids.begin(), ids.end(), items.begin(), code);
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

Html heading(std::string_view title, std::string_view sentence) {
  return {fmt::format("<h2>{}</h2>\n<p class=\"soft\">{}</p>\n", escape(title).code, escape(sentence).code)};
}

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
  out.code += table.empty() ? std::string(kNothing) : table.html().code;
  if (const auto all = sources.report.suspects.count(); all > kMostRows)
    out.code += fmt::format("<p class=\"soft\">{} more are not shown.</p>\n", number(all - kMostRows).code);
  out += forgotten_retries(sources.report.suspects.retries());
  return out;
}

Html dns_lists(const ReportSources& sources) {
  const auto& lists = sources.report.lists;
  auto out = heading(
      "DNS lists",
      "What a list refuses alone no other would have refused: its work, and its mistakes, are its own. All "
      "counts are sessions.");
  if (lists.asked == 0) return out.code += "<p>No list was asked.</p>\n", out;
  out.code += fmt::format(
      "<p>Lists were asked in {} session{}; in {} of them ({}) the client or a name was listed.</p>\n",
      number(lists.asked).code, lists.asked == 1 ? "" : "s", number(lists.hit).code,
      percent(lists.hit, lists.asked).code);
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
