#include "policy/report/lists.h"

#include <algorithm>
#include <functional>

namespace policy {
namespace {

std::string join(const TextList& texts) {
  std::string out;
  for (const auto& text : texts) out += text + ' ';
  return out;
}

}  // namespace

bool is_about_a_list(std::string_view reason) {
  return reason == "dnsbl-listed" || reason == "domain-listed";
}

const TextList& texts_of(const FactSet& facts, std::string_view path) {
  static const TextList kNone;
  const auto* value = facts.value(path);
  const auto* texts = value ? std::get_if<TextList>(value) : nullptr;
  return texts ? *texts : kNone;
}

void ReportLists::add(const Record& record) {
  const auto* value = record.observed.facts.value("dnsbl.listed");
  if (!value || !std::holds_alternative<TextList>(*value)) return;
  auto listed = std::get<TextList>(*value);
  std::sort(listed.begin(), listed.end());
  listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
  const auto answer = record.session + ' ' + join(listed);
  if (is_about_a_list(record.reason) && is_new(answer + "refused")) add_refused(record, listed);
  if (!is_new(answer)) return;
  ++asked;
  add_hits(listed);
  add_problems(record.observed.facts);
}

bool ReportLists::is_new(const std::string& answer) {
  const auto key = std::hash<std::string>()(answer);
  if (sessions_.find(key)) return false;
  sessions_.put(key, 0);
  return true;
}

void ReportLists::add_refused(const Record& record, const TextList& listed) {
  if (record.event != Event::reject && record.event != Event::defer) return;
  for (const auto& list : listed) {
    auto& counts = lists[list];
    ++counts.refused;
    if (listed.size() == 1) ++counts.refused_alone;
  }
}

void ReportLists::add_hits(const TextList& listed) {
  if (!listed.empty()) ++hit;
  for (auto a = listed.begin(); a != listed.end(); ++a) {
    auto& counts = lists[*a];
    ++counts.hits;
    if (listed.size() == 1) ++counts.alone;
    for (auto b = std::next(a); b != listed.end(); ++b) ++both[{*a, *b}];
  }
}

void ReportLists::add_problems(const FactSet& facts) {
  for (const auto& problem : texts_of(facts, "dnsbl.problems")) {
    auto& counts = lists[problem.substr(0, problem.find(':'))];
    ++counts.problems;
    counts.problem = problem;
  }
}

}  // namespace policy
