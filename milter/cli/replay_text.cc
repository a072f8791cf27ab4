#include "milter/cli/replay_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "policy/explain/words.h"

namespace milter {
namespace {

using Json = nlohmann::ordered_json;
using policy::Change;
using policy::ChangeCounts;
using policy::ReplayTally;

// Always said; the others only when there are any.
constexpr Change kAlways[]{Change::same, Change::newly_refused, Change::newly_deferred,
                           Change::newly_accepted, Change::undecidable};
constexpr Change kSometimes[]{Change::would_be_split,         Change::refused_otherwise,
                              Change::accepted_otherwise,     Change::newly_would_refuse,
                              Change::no_longer_would_refuse, Change::would_refuse_otherwise,
                              Change::changed_by_program};
constexpr Change kSkipped[]{Change::not_reached, Change::mta_refused, Change::filter_error};

std::string in_words(const ChangeCounts& counts) {
  std::string out;
  for (std::size_t i = 0; i < policy::kChanges; ++i) {
    const auto change = static_cast<Change>(i);
    if (policy::is_change(change) && counts[change] > 0)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", counts[change], to_text(change));
  }
  return out;
}

Json in_json(const ChangeCounts& counts) {
  Json out = Json::object();
  for (std::size_t i = 0; i < policy::kChanges; ++i)
    if (const auto change = static_cast<Change>(i); counts[change] > 0) out[to_text(change)] = counts[change];
  return out;
}

const ChangeCounts& counts_of(const ChangeCounts& counts) { return counts; }
const ChangeCounts& counts_of(const policy::DomainChanges& changes) { return changes.counts; }

struct Row {
  std::string name;
  ChangeCounts counts;
};

// Those with most changes first; what is over the bound last.
template <class T>
std::vector<Row> rows_of(const policy::Bounded<T>& all) {
  std::vector<Row> rows;
  for (const auto& [name, counts] : all.all())  // none: of messages that turned out not to be reached
    if (counts_of(counts).changed() > 0) rows.push_back({name, counts_of(counts)});
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.counts.changed() > b.counts.changed(); });
  if (counts_of(all.others()).changed() > 0)
    rows.push_back({std::string(policy::kOthers), counts_of(all.others())});
  return rows;
}

// Names are a stranger's: a terminal shows them cleaned.
using policy::printable;

std::string place_of(const policy::Policy& policy, const std::string& rule) {
  const auto* found = policy.rule(rule);
  return found ? fmt::format(" at {}", policy::place_text(*found)) : "";
}

template <class F>
void print_rows(std::string_view title, const std::vector<Row>& rows, F note, std::string& out) {
  if (rows.empty()) return;
  out += fmt::format("{}\n", title);
  for (std::size_t i = 0; i < std::min(rows.size(), kMostShown); ++i) {
    const auto name = printable(rows[i].name) + note(rows[i].name);
    out += fmt::format("  {:<40} {}\n", name, in_words(rows[i].counts));
  }
  if (rows.size() > kMostShown) out += fmt::format("  and {} more\n", rows.size() - kMostShown);
}

// What is missing, or differs, below the line of its number.
void print_parts(std::string_view word, const policy::Bounded<std::uint64_t>& parts, std::string& out) {
  for (const auto& [part, count] : parts.all())
    out += fmt::format("  {} {}: {}\n", word, printable(part), count);
  if (parts.others() > 0) out += fmt::format("  {} {}: {}\n", word, policy::kOthers, parts.others());
}

void print_counts(const ReplayTally& tally, std::string& out) {
  const auto& counts = tally.counts();
  for (const auto change : kAlways) {
    out += fmt::format("{}: {}\n", to_text(change), counts[change]);
    if (change == Change::newly_accepted && tally.passing_rcpt() > 0)
      out += fmt::format("  passes RCPT: {} (what the message's end would have said is not in the log)\n",
                         tally.passing_rcpt());
  }
  print_parts("needs", tally.needs(), out);
  for (const auto change : kSometimes) {
    if (counts[change] > 0) out += fmt::format("{}: {}\n", to_text(change), counts[change]);
    if (change == Change::changed_by_program) print_parts("derives otherwise", tally.differing(), out);
  }
  for (const auto change : kSkipped)
    if (counts[change] > 0) out += fmt::format("skipped, {}: {}\n", to_text(change), counts[change]);
  if (tally.unreadable() > 0)
    out += fmt::format("unreadable lines: {}, the first at {}\n", tally.unreadable(),
                       printable(tally.first_unreadable()));
}

std::string worry_line(const policy::Worry& worry) {
  auto out = fmt::format("  {}: {}", printable(worry.domain), in_words(worry.changes.counts));
  if (worry.changes.aligned > 0)
    out += fmt::format("; {} of them signed by the domain itself (DKIM, aligned)", worry.changes.aligned);
  out += fmt::format("; accepted {} times in this log", worry.accepted);
  auto refs = worry.changes.aligned_refs;
  refs.insert(refs.end(), worry.changes.refs.begin(), worry.changes.refs.end());
  if (refs.size() > policy::kMostExamples) refs.resize(policy::kMostExamples);
  for (std::size_t i = 0; i < refs.size(); ++i)
    out += fmt::format("{} ref={}", i ? "" : ";", printable(refs[i]));
  return out + '\n';
}

Json worry_json(const policy::Worry& worry) {
  auto refs = worry.changes.aligned_refs;
  refs.insert(refs.end(), worry.changes.refs.begin(), worry.changes.refs.end());
  return {{"domain", worry.domain},
          {"changes", in_json(worry.changes.counts)},
          {"dkim_aligned", worry.changes.aligned},
          {"accepted_in_this_log", worry.accepted},
          {"refs", refs}};
}

Json rows_json(const std::vector<Row>& rows, std::size_t most) {
  Json out = Json::object();
  for (std::size_t i = 0; i < std::min(rows.size(), most); ++i) out[rows[i].name] = in_json(rows[i].counts);
  return out;
}

}  // namespace

std::string replay_text(const ReplayTally& tally, const policy::Policy& policy) {
  auto out = fmt::format("{} decisions, decided again by {} (fingerprint {})\n", tally.decided(), policy.file,
                         policy.fingerprint);
  print_counts(tally, out);
  const auto no_note = [](const std::string&) { return std::string(); };
  const auto worries = tally.worries();
  if (!worries.empty()) out += "most worrying first\n";
  for (std::size_t i = 0; i < std::min(worries.size(), kMostShown); ++i) out += worry_line(worries[i]);
  if (worries.size() > kMostShown) out += fmt::format("  and {} more domains\n", worries.size() - kMostShown);
  print_rows(
      "changed, by rule", rows_of(tally.rules()),
      [&](const std::string& rule) { return place_of(policy, rule); }, out);
  print_rows("changed, by sender domain", rows_of(tally.domains()), no_note, out);
  print_rows("changed, by list that the client was on", rows_of(tally.lists()), no_note, out);
  return out;
}

std::string replay_json(const ReplayTally& tally, const policy::Policy& policy) {
  Json out;
  out["policy"] = {{"file", policy.file}, {"fingerprint", policy.fingerprint}};
  out["decided"] = tally.decided();
  for (std::size_t i = 0; i < policy::kChanges; ++i)
    out["counts"][to_text(static_cast<Change>(i))] = tally.counts()[static_cast<Change>(i)];
  out["passes_rcpt"] = tally.passing_rcpt();
  out["unreadable"] = tally.unreadable();
  out["needs"] = Json::object();
  for (const auto& [check, count] : tally.needs().all()) out["needs"][check] = count;
  out["derives_otherwise"] = Json::object();
  for (const auto& [path, count] : tally.differing().all()) out["derives_otherwise"][path] = count;
  out["worries"] = Json::array();
  for (const auto& worry : tally.worries())
    if (out["worries"].size() < kMostShown) out["worries"].push_back(worry_json(worry));
  out["by_rule"] = rows_json(rows_of(tally.rules()), policy::kMostNames);
  out["by_domain"] = rows_json(rows_of(tally.domains()), kMostShown);
  out["by_list"] = rows_json(rows_of(tally.lists()), policy::kMostNames);
  return out.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

}  // namespace milter
