#include "milter/cli/run_case.h"

#include <fmt/format.h>

#include <algorithm>

#include "milter/cli/world.h"
#include "milter/dns/zone.h"
#include "milter/dns/zone_parse.h"
#include "milter/session/outcome.h"

namespace milter {
namespace {

class FixedClock : public Clock {
 public:
  explicit FixedClock(std::int64_t millis) : millis_(millis) {}
  std::int64_t unix_millis() const override { return millis_; }

 private:
  std::int64_t millis_;
};

constexpr std::chrono::milliseconds kPatience{2000};  // of a scripted world, which answers at once

std::vector<policy::Record> play(const TestCase& test, const std::shared_ptr<const Snapshot>& snapshot,
                                 Resolver& dns, const Clock& clock) {
  const World world{dns, clock, {kPatience, kPatience}, {}};
  std::vector<policy::Record> out;
  for (auto& decision : rehearse(*test.script, snapshot, world)) out.push_back(std::move(decision.record));
  return out;
}

// A value that says nothing, of a field's kind.
policy::Value neutral(const policy::FieldDoc& field) {
  if (field.many) return policy::TextList{};
  if (field.traits.kind == policy::Kind::flag) return false;
  if (field.traits.kind == policy::Kind::number) return std::int64_t{0};
  return std::string();
}

// What is known without asking the world may be left out of a test.
bool may_be_left_out(const Check& check) { return check.free || check.doc.name == "recipient"; }

void fill(const Check& check, policy::FactSet& facts) {
  policy::Fields missing;
  for (const auto& field : check.doc.fields) {
    if (!facts.value({check.doc.group, field.name}))
      missing.emplace_back(std::string(field.name), neutral(field));
  }
  facts.put(check.doc.group, std::move(missing));
}

// The record of a decision on given facts alone, or why there is none.
tl::expected<policy::Record, std::string> decide_facts(const TestCase& test, const Snapshot& snapshot,
                                                       Resolver& dns, const Clock& clock) {
  auto facts = *test.facts;
  for (const auto* check : all_checks())
    if (may_be_left_out(*check)) fill(*check, facts);
  auto step = policy::decide(snapshot.policy, facts, test.moment);
  if (const auto* need = std::get_if<policy::Need>(&step))
    return tl::unexpected("undecidable, needs the facts of " +
                          fmt::format("{}", fmt::join(need->checks, ", ")));
  const World world{dns, clock, {}, {}};
  const Connection connection;
  const Transaction transaction;
  Decided judged{std::move(std::get<policy::Verdict>(step)), {}};
  policy::Observed observed;
  observed.facts = std::move(facts);
  return outcome({connection, transaction, snapshot, world, "", test.moment}, observed, std::move(judged))
      .record;
}

bool refuses(const policy::Record& record) {
  return record.event != policy::Event::accept && record.event != policy::Event::mta_reject;
}

// Of several records the first that refuses, else the last.
const policy::Record& decisive(const std::vector<policy::Record>& records) {
  const auto first = std::find_if(records.begin(), records.end(), refuses);
  return first == records.end() ? records.back() : *first;
}

// Or known in part. Of a group: any of its fields.
bool is_unavailable(const policy::FactSet& facts, const std::string& path) {
  if (path.find('.') != std::string::npos) {
    const auto* why = facts.why_unknown(path);
    return why && !why->reason.empty();
  }
  const auto groups = facts.groups();
  return std::any_of(groups.begin(), groups.end(), [&](const policy::FactGroup& group) {
    return group.name == path &&
           std::any_of(group.fields.begin(), group.fields.end(), [&](const auto& field) {
             return is_unavailable(facts, std::string(field.first.text()));
           });
  });
}

class Comparison {
 public:
  void same(std::string_view what, const std::string& wanted, const std::string& got) {
    if (wanted != got)
      differences_.push_back(fmt::format("{}: expected {}, got {}", what, shown(wanted), shown(got)));
  }
  void fact(const policy::FactSet& facts, const std::string& path, const std::string& wanted) {
    const auto* value = facts.value(path);
    same(path, wanted, value ? policy::to_text(*value) : "nothing: it was not asked or is unavailable");
  }
  void says(const policy::Record& record, const std::string& text) {
    const auto reply = fmt::format("{}", fmt::join(record.reply, "\n"));
    if (reply.find(text) == std::string::npos)
      differences_.push_back(fmt::format("the reply does not say {}: {}", shown(text), reply));
  }
  void unavailable(const policy::FactSet& facts, const std::string& path) {
    if (!is_unavailable(facts, path)) differences_.push_back(path + " is not unavailable");
  }
  std::vector<std::string> take() { return std::move(differences_); }

 private:
  static std::string shown(const std::string& text) { return text.empty() ? "nothing" : '"' + text + '"'; }
  std::vector<std::string> differences_;
};

void compare(const Expectation& expect, const policy::Record& record, Comparison& comparison) {
  if (!expect.event.empty()) {
    comparison.same("event", expect.event, std::string(policy::to_text(record.event)));
    comparison.same("reason", expect.reason, expect.event == "accept" ? "" : record.reason);
  }
  if (expect.rule) comparison.same("rule", *expect.rule, record.rule);
  if (expect.code)
    comparison.same("code", std::to_string(*expect.code), std::to_string(record.code.value_or(0)));
  if (expect.enhanced) comparison.same("enhanced", *expect.enhanced, record.enhanced);
  for (const auto& text : expect.texts) comparison.says(record, text);
  for (const auto& [path, value] : expect.facts) comparison.fact(record.observed.facts, path, value);
  for (const auto& path : expect.unavailable) comparison.unavailable(record.observed.facts, path);
}

}  // namespace

CaseResult run_case(const TestCase& test, const std::shared_ptr<const Snapshot>& snapshot) {
  const auto zone = parse_zone(test.zone, test.at.file);
  if (!zone) return {{policy::to_text(zone.error().front())}, {}};
  const FixedClock clock(test.unix_millis.value_or(SystemClock().unix_millis()));
  CaseResult result;
  if (test.script) {
    result.records = play(test, snapshot, **zone, clock);
  } else {
    auto record = decide_facts(test, *snapshot, **zone, clock);
    if (!record) return {{record.error()}, {}};
    result.records.push_back(std::move(*record));
  }
  Comparison comparison;
  if (test.expect.size() == 1) {
    compare(test.expect.front(), decisive(result.records), comparison);
  } else {
    comparison.same("records", std::to_string(test.expect.size()), std::to_string(result.records.size()));
    for (std::size_t i = 0; i < std::min(test.expect.size(), result.records.size()); ++i)
      compare(test.expect[i], result.records[i], comparison);
  }
  result.differences = comparison.take();
  return result;
}

}  // namespace milter
