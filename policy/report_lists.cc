#include "policy/report_lists.h"

#include <algorithm>

namespace policy {
namespace {

std::string join(const TextList& texts) {
  std::string out;
  for (const auto& text : texts) out += text + ' ';
  return out;
}

}  // namespace

const TextList& texts_of(const FactSet& facts, std::string_view path) {
  static const TextList kNone;
  const auto* value = facts.value(path);
  const auto* texts = value ? std::get_if<TextList>(value) : nullptr;
  return texts ? *texts : kNone;
}

void ReportLists::add(const Record& record) {
  const auto* value = record.facts.value("dnsbl.listed");
  if (!value || !std::holds_alternative<TextList>(*value)) return;
  auto listed = std::get<TextList>(*value);
  std::sort(listed.begin(), listed.end());
  listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
  if (!sessions_.put(std::hash<std::string>()(record.session + ' ' + join(listed)), 0)) return;
  ++asked;
  add_hits(listed);
  add_problems(record.facts);
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
