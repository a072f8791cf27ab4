// Replay of any log under its own policy changes nothing: random facts of the program's own schema, gathered
// as a session gathers them (only what the policy asks for), decided by the shipped policies, written as a
// line of the log, read back, decided again.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "milter/checks/check.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "policy/record/read.h"
#include "policy/record/replay.h"
#include "policy/record/write.h"

namespace milter {
namespace {

constexpr int kRounds = 5'000;  // of each policy

std::mt19937 rng{20261124};
int roll(int n) { return std::uniform_int_distribution<int>{0, n - 1}(rng); }

// Texts that policies name, texts at and past the log's bounds, and octets that are no text.
std::string any_text() {
  switch (roll(8)) {
    case 0:
      return "example.net";
    case 1:
      return "mail.example.net";
    case 2:
      return roll(2) ? "203.0.113.9" : "2001:db8::25";
    case 3:
      return "";
    case 4:
      return std::string(policy::kLongestRecordText + static_cast<std::size_t>(roll(8)) - 4, 'x') +
             ".example.net";
    case 5: {
      std::string octets(static_cast<std::size_t>(roll(40)), '\0');
      for (auto& octet : octets) octet = static_cast<char>(roll(256));
      return octets;
    }
    default:
      return fmt::format("d{}.example", roll(50));
  }
}

policy::Value any_value(const policy::FieldDoc& field) {
  if (roll(20) == 0) return policy::Unavailable{"time budget"};
  if (field.many) {
    policy::TextList list(static_cast<std::size_t>(roll(10) ? roll(4) : roll(80)));
    for (auto& text : list) text = any_text();
    return list;
  }
  if (field.traits.kind == policy::Kind::flag) return roll(2) == 0;
  if (field.traits.kind == policy::Kind::number) return std::int64_t{roll(20)} * roll(1'000'000);
  const auto words = field.words();
  if (words.empty()) return any_text();
  return std::string(words[static_cast<std::size_t>(roll(static_cast<int>(words.size())))]);
}

policy::Fact any_fact(const policy::CheckDoc& check) {
  if (roll(12) == 0) return policy::Unavailable{"TXT example.org: SERVFAIL"};
  policy::Fields fields;
  for (const auto& field : check.fields) fields.emplace_back(std::string(field.name), any_value(field));
  return fields;
}

// As judge does it: the free checks, then what decide() asks for, each once.
policy::Record any_record(const policy::Policy& policy) {
  policy::Record record;
  record.stage = roll(2) ? policy::Stage::rcpt : policy::Stage::message;
  record.policy = policy.fingerprint;
  record.ref = "7K2M9QXA";
  for (const auto* check : all_checks())
    if (check->free) record.facts.put(check->doc.group, any_fact(check->doc));
  while (true) {
    auto step = policy::decide(policy, record.facts, record.stage);
    if (auto* verdict = std::get_if<policy::Verdict>(&step)) {
      record.verdict = std::move(*verdict);
      record.event = event_of(record.verdict);
      record.rule = record.verdict.rule;
      record.reason = record.verdict.reason;
      return record;
    }
    for (const auto& name : std::get<policy::Need>(step).checks)
      record.facts.put(find_check(name)->doc.group, any_fact(find_check(name)->doc));
  }
}

struct Counts {
  int same = 0, changed = 0, facts_dropped = 0, refused = 0, deferred = 0, monitored = 0;
};

void one_round(const policy::Policy& policy, Counts& counts) {
  const auto record = any_record(policy);
  const auto line = to_json(record);
  const auto read = policy::record_from_json(line);
  if (!read) {
    fmt::print("cannot read back {}: {}\n", line, read.error());
    ++counts.changed;
    return;
  }
  const auto replayed = policy::replay(*read, policy);
  counts.refused += record.event == policy::Event::reject;
  counts.deferred += record.event == policy::Event::defer;
  counts.monitored += record.event == policy::Event::would_reject;
  // A line that is too long loses its facts and says so; then, and only then, it cannot be decided.
  const bool dropped = read->facts.all().empty() && !record.facts.all().empty();
  if (dropped && replayed.change == policy::Change::undecidable) {
    ++counts.facts_dropped;
    return;
  }
  ++(replayed.change == policy::Change::same ? counts.same : counts.changed);
  if (replayed.change != policy::Change::same)
    fmt::print("{}: {} became {}\n", to_text(replayed.change), line, replayed.now.rule);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int run(int count, char** paths) {
  int failures = 0;
  for (int i = 1; i < count; ++i) {
    const auto text = text_of(paths[i]);
    const auto loaded =
        policy::load_policy({text, paths[i]}, schema(), policy::shipped_catalogue(schema()), 1795521600);
    if (!loaded.value) {
      fmt::print("{}\n", to_text(loaded.diagnostics.front()));
      return 1;
    }
    Counts counts;
    for (int round = 0; round < kRounds; ++round) one_round(*loaded.value, counts);
    fmt::print("{}: {} same, {} changed, {} without facts; {} refused, {} deferred, {} would be refused\n",
               paths[i], counts.same, counts.changed, counts.facts_dropped, counts.refused, counts.deferred,
               counts.monitored);
    // A run that refuses nothing would prove nothing.
    failures +=
        counts.changed + (counts.refused + counts.monitored < kRounds / 50) + (counts.same < kRounds / 2);
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace milter

int main(int count, char** paths) { return count > 1 ? milter::run(count, paths) : 1; }
