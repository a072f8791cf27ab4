// Replay of any log under its own policy changes nothing: random facts of the program's own schema, gathered
// as a session gathers them (only what the policy asks for), decided by the shipped policies, written as a
// line of the log, read back, decided again.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "milter/checks/check.h"
#include "policy/derive.h"
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

// What a check observes: its fields but for those that derive() makes.
policy::Fields any_fact(const policy::CheckDoc& check) {
  const bool unavailable = roll(12) == 0;
  policy::Fields fields;
  for (const auto& field : check.fields)
    if (!field.traits.derived)
      fields.emplace_back(std::string(field.name),
                          unavailable ? policy::Unavailable{"TXT example.org: SERVFAIL"} : any_value(field));
  return fields;
}

policy::RecipientAsked any_recipient() {
  constexpr const char* kPaths[]{"<bob@example.net>", "<postmaster@example.net>", "<a%b@example.net>",
                                 "<x@far.example>"};
  return {.path = roll(4) ? kPaths[roll(4)] : "<" + any_text() + ">",
          .mta_address = roll(2) ? any_text() : ""};
}

policy::ListAsked any_answer(const policy::List& list, const policy::Host& host) {
  policy::ListAsked out{.list = list.id,
                        .zone = zone_hash(list.zone, host),
                        .of = list.of,
                        .subject = roll(9) ? any_text() : ""};
  if (roll(6) == 0) out.trouble = "time-out";
  if (roll(6) == 0 && list.force != policy::Force::on) out.doubt = "test point: SERVFAIL";
  if (out.trouble.empty() && !list.codes.empty() && roll(2))
    out.addresses.push_back(list.codes.front().low.text());
  if (roll(8) == 0) out.addresses.emplace_back("127.255.255.254");
  return out;
}

// What a Need names: a check, or one of its lists.
void find_out(const policy::Policy& policy, const policy::Host& host, const std::string& name,
              policy::Observed& observed) {
  const auto colon = name.find(':');
  if (const auto* list = colon == std::string::npos ? nullptr : policy.list(name.substr(colon + 1))) {
    observed.lists.push_back(any_answer(*list, host));
    return;
  }
  const auto& doc = find_check(name.substr(0, colon))->doc;
  observed.facts.put(doc.group, any_fact(doc));
  const auto* source = observed.recipient ? source_for(policy, *observed.recipient) : nullptr;
  if (name == "recipient" && source)
    observed.recipient->answer = policy::SourceAnswer{source_key(*source), roll(2) ? "known" : "unknown", {}};
  if (doc.group == "dmarc") observed.dmarc_mode = dmarc_mode(policy);
}

policy::Observed beginning(policy::Stage stage) {
  policy::Observed observed;
  for (const auto* check : all_checks())
    if (check->free && (check->doc.since <= policy::Stage::rcpt || stage == policy::Stage::message))
      observed.facts.put(check->doc.group, any_fact(check->doc));
  observed.recipient = any_recipient();
  for (int n = roll(3); n > 0; --n) observed.accepted.push_back(any_recipient());
  if (stage == policy::Stage::message)
    observed.accepted.insert(observed.accepted.begin(), *observed.recipient);
  return observed;
}

// As judge does it: the free checks, then what decide() asks for, each once.
policy::Record any_record(const policy::Policy& policy) {
  policy::Record record;
  record.stage = roll(2) ? policy::Stage::rcpt : policy::Stage::message;
  record.policy = policy.fingerprint;
  record.ref = "7K2M9QXA";
  record.host = policy.site.name.empty() ? "mx1.example.net" : policy.site.name;
  record.observed = beginning(record.stage);
  for (int rounds = 0; rounds < 100; ++rounds) {
    policy::derive(policy, {record.host}, record.observed);
    auto step = policy::decide(policy, record.observed.facts, record.stage);
    if (auto* verdict = std::get_if<policy::Verdict>(&step)) {
      record.verdict = std::move(*verdict);
      record.event = event_of(record.verdict);
      record.rule = record.verdict.rule;
      record.reason = record.verdict.reason;
      return record;
    }
    for (const auto& name : std::get<policy::Need>(step).checks)
      find_out(policy, {record.host}, name, record.observed);
  }
  throw std::logic_error("gathering does not end");
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
  const auto replayed = policy::replay(*read, policy, schema());
  counts.refused += record.event == policy::Event::reject;
  counts.deferred += record.event == policy::Event::defer;
  counts.monitored += record.event == policy::Event::would_reject;
  // A line that is too long loses its facts and says so; then, and only then, it cannot be decided.
  const bool dropped = read->observed.facts.empty() && !record.observed.facts.empty();
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
