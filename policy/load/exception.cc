#include "policy/load/exception.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <set>

#include "policy/load/condition.h"
#include "policy/load/loading.h"
#include "policy/load/value.h"
#include "policy/nearest.h"

namespace policy {
namespace {

constexpr auto kKeys = names(kExceptionKeys);
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kSoon = 14 * kDay;  // long enough to ask the owner

// A fixed-width number, or nullopt.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = 0;
  const auto* begin = text.data() + at;
  const auto [end, failed] = std::from_chars(begin, begin + count, number);
  if (failed != std::errc() || end != begin + count) return std::nullopt;
  return number;
}

std::optional<std::int64_t> day_number(std::string_view text) {  // "2027-03-31"
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (!year || !month || !day || *month < 1 || *day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                                         std::chrono::day(unsigned(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// "2027-03-31" works through that day (UTC); "2027-03-31T12:00:00Z" until that second.
std::optional<std::int64_t> first_moment_after(std::string_view text) {
  const auto day = day_number(text.substr(0, 10));
  if (!day) return std::nullopt;
  if (text.size() == 10) return (*day + 1) * kDay;
  const auto time = text.substr(10);
  if (time.size() != 10 || time[0] != 'T' || time[3] != ':' || time[6] != ':' || time[9] != 'Z')
    return std::nullopt;
  const auto hour = digits(time, 1, 2);
  const auto minute = digits(time, 4, 2);
  const auto second = digits(time, 7, 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return *day * kDay + *hour * 3600 + *minute * 60 + *second;
}

void warn_of_end(const Exception& exception, const YamlValue& expires, const Loading& loading) {
  if (loading.now == 0 || !exception.expires) return;
  const auto left = *exception.expires - loading.now;
  if (left <= 0)
    loading.findings.warning(
        expires.at(), fmt::format("exception \"{}\" expired on {}: it does nothing any more", exception.id,
                                  expires.text()));
  else if (left <= kSoon)
    loading.findings.warning(expires.at(),
                             fmt::format("exception \"{}\" expires in {} day{} ({})", exception.id,
                                         (left + kDay - 1) / kDay, left <= kDay ? "" : "s", expires.text()));
}

void read_expiry(const YamlMapping& mapping, Exception& exception, const Loading& loading) {
  const auto expires = mapping.find("expires");
  if (!expires || expires->text() == "never") return;
  exception.expires = first_moment_after(expires->text());
  if (!exception.expires) {
    loading.findings.error(expires->at(), fmt::format("expected a date such as 2027-03-31, or never, read {}",
                                                      expires->described()));
    return;
  }
  warn_of_end(exception, *expires, loading);
  if (auto ends = implied("clock.unix", Compares{Compares::Op::less, *exception.expires}, expires->at(),
                          loading.schema))
    exception.when.push_back(std::move(*ends));
}

// The rules that an exception may name, by id and by reason: of each name the first of either moment, which
// stands for the others.
using Skippable = std::map<std::string, std::vector<const Rule*>, std::less<>>;

Skippable skippable(const std::vector<Rule>& rules) {
  Skippable out;
  for (const auto& rule : rules) {
    if (rule.action == Action::accept) continue;
    for (const auto& name : {rule.id, rule.reason}) {
      auto& named = out[name];
      if (std::none_of(named.begin(), named.end(),
                       [&](const Rule* other) { return moment_of(other->stage) == moment_of(rule.stage); }))
        named.push_back(&rule);
    }
  }
  return out;
}

std::vector<std::string> names(const Skippable& rules) {
  std::vector<std::string> out;
  for (const auto& [name, named] : rules) out.push_back(name);
  return out;
}

// An exception must be known when the rule is decided that it lets mail past.
void check_moment(const Exception& exception, const Rule& rule, const Loading& loading) {
  for (const auto& condition : exception.when) {
    const auto stage = moment_of(rule.stage);
    if (const auto why = too_early(condition, stage, loading.schema); !why.empty())
      loading.findings.error(
          condition.at, fmt::format(R"(exception "{}": {}, and rule "{}" is decided at {})", exception.id,
                                    why, rule.id, to_text(stage)));
  }
}

void read_skip(const YamlMapping& mapping, Exception& exception, const Skippable& rules,
               const Loading& loading) {
  for (const auto& item : mapping.list("skip", "rule ids or reasons")) {
    const auto name = read_text(item, "a rule id or a reason", loading.findings);
    if (!name) continue;
    exception.skip.push_back(*name);
    const auto named = rules.find(*name);
    if (named == rules.end()) {
      loading.findings.error(item.at(),
                             fmt::format("no rule that refuses has the id or reason \"{}\"", *name),
                             nearest(*name, names(rules)));
      continue;
    }
    for (const auto* rule : named->second) check_moment(exception, *rule, loading);
  }
}

Exception read_exception(const YamlValue& item, const Skippable& rules, const Loading& loading) {
  const YamlMapping mapping(item, title("exception", item), kKeys, loading.findings);
  Exception exception{.at = item.at()};
  exception.id = read_id(mapping, loading.findings).value_or("");
  mapping.require({"when", "skip", "because", "expires"});
  exception.when = read_conditions(mapping, loading);
  exception.because = mapping.text("because").value_or("");
  exception.owner = mapping.text("owner").value_or("");
  read_skip(mapping, exception, rules, loading);
  read_expiry(mapping, exception, loading);
  return exception;
}

}  // namespace

std::vector<Exception> read_exceptions(const YamlMapping& root, const std::vector<Rule>& rules,
                                       const Loading& loading) {
  const auto known = skippable(rules);
  std::vector<Exception> exceptions;
  std::set<std::string> ids;
  for (const auto& item : root.list("exceptions", "exceptions")) {
    auto exception = read_exception(item, known, loading);
    if (!exception.id.empty() && !ids.insert(exception.id).second)
      loading.findings.error(item.at(),
                             fmt::format("there are two exceptions with the id \"{}\"", exception.id));
    exceptions.push_back(std::move(exception));
  }
  return exceptions;
}

}  // namespace policy
