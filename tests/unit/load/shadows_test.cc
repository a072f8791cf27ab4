// Which rules can never fire: the same as when each is held against all above it, but not in the time of that.
#include "policy/load/shadows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <random>

#include "policy/load/implies.h"
#include "world.h"

namespace policy {
namespace {

using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t count) { return random() % count; }

// Few values, so that many conditions imply each other.
Condition any_condition(Random& random) {
  const std::vector<std::string> words{"pass", "Fail", "none"};
  const std::vector<std::string> names{"example.net", "*.example.net", "a.example.net", "*.a.Example.net.",
                                       "example.org"};
  const std::vector<std::string> blocks{"0.0.0.0/0",   "192.0.2.0/24",  "192.0.2.128/25",
                                        "192.0.2.129", "2001:db8::/32", "2001:db8::1"};
  Condition out{.negated = below(random, 4) == 0};
  const auto some = [&](const std::vector<std::string>& of) {
    std::vector<std::string> chosen;
    for (std::size_t count = 1 + below(random, 2); count > 0; --count)
      chosen.push_back(of[below(random, of.size())]);
    return chosen;
  };
  switch (below(random, 5)) {
    case 0:
      out.path = "a.flag";
      out.test = IsFlag{below(random, 2) == 0};
      break;
    case 1:
      out.path = "a.word";
      out.test = OneOf{some(words)};
      break;
    case 2:
      out.path = "a.domain";
      out.test = MatchesDomains{some(names)};
      break;
    case 3: {
      InNetworks networks;
      for (const auto& text : some(blocks)) networks.networks.push_back(*Network::parse(text));
      out.path = "a.address";
      out.test = std::move(networks);
      break;
    }
    default:
      out.path = "a.number";
      out.test =
          Compares{static_cast<Compares::Op>(below(random, 5)), static_cast<std::int64_t>(below(random, 4))};
  }
  return out;
}

Policy any_policy(Random& random) {
  Policy policy;
  for (std::size_t i = 0; i < 30; ++i) {
    Rule rule{.id = fmt::format("r{}", i), .reason = below(random, 2) == 0 ? "one" : "two"};
    rule.stage = below(random, 2) == 0 ? Stage::rcpt : Stage::message;
    rule.mode = below(random, 5) == 0 ? Mode::monitor : Mode::enforce;
    for (std::size_t count = below(random, 20) == 0 ? 0 : 1 + below(random, 3); count > 0; --count)
      rule.when.push_back(any_condition(random));
    policy.rules.push_back(std::move(rule));
  }
  if (below(random, 2) == 0)
    policy.exceptions.push_back({.skip = {"r3", below(random, 4) == 0 ? "one" : "r7"}});
  return policy;
}

bool may_be_skipped(const Policy& policy, const Rule& rule) {
  for (const auto& exception : policy.exceptions)
    for (const auto& name : exception.skip)
      if (name == rule.id || name == rule.reason) return true;
  return false;
}

std::optional<std::size_t> by_looking_at_all(const Policy& policy, std::size_t index) {
  for (std::size_t i = 0; i < index; ++i) {
    const auto& earlier = policy.rules[i];
    if (earlier.mode == Mode::enforce && !may_be_skipped(policy, earlier) &&
        moment_of(earlier.stage) == moment_of(policy.rules[index].stage) &&
        implies(policy.rules[index].when, earlier.when))
      return i;
  }
  return std::nullopt;
}

TEST(Shadows, AreTheSameAsWhenAllAreLookedAt) {
  Random random(550);
  int found = 0;
  for (int round = 0; round < 2000; ++round) {
    const auto policy = any_policy(random);
    Shadows shadows(policy);
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
      const auto first = shadows.next(i);
      ASSERT_EQ(first, by_looking_at_all(policy, i)) << "round " << round << ", rule " << i;
      found += first ? 1 : 0;
    }
  }
  EXPECT_GT(found, 5000) << "or it shows nothing";
}

// `count` rules and a tenth as many exceptions, of the kinds that grow with a site.
std::string grown_policy(int count) {
  std::string out = "version: 1\nrules:\n";
  for (int i = 0; i < count; ++i) {
    const std::string conditions[]{fmt::format("sender.domain: [d{}.example, \"*.d{}.example\"]", i, i),
                                   fmt::format("client.ip: [10.{}.{}.0/24]", i / 250, i % 250),
                                   fmt::format("sender.address: \"u{}@example.org\"", i),
                                   fmt::format("spf.result: fail, sender.domain: e{}.example", i)};
    out += fmt::format("  - {{id: r{}, at: message, when: {{{}}}, reject: relay-denied}}\n", i,
                       conditions[i % 4]);
  }
  out += "exceptions:\n";
  for (int i = 0; i < count / 10; ++i)
    out += fmt::format(
        "  - {{id: e{0}, when: {{client.ip: [192.0.2.{1}]}}, skip: [r{0}], because: asked, expires: "
        "never}}\n",
        i, i % 250);
  return out;
}

// Seconds of the processor, the least of three.
double time_to_load(int rules) {
  const auto text = grown_policy(rules);
  double least = 1e9;
  for (int round = 0; round < 3; ++round) {
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    const auto loaded = load_text(text);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    EXPECT_TRUE(loaded.value) << to_text(loaded.diagnostics.front());
    least = std::min(least, static_cast<double>(after.tv_sec - before.tv_sec) +
                                static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e9);
  }
  return least;
}

// Four times the rules and exceptions: in linear time the ratio is 4, in quadratic 16.
TEST(Load, TakesTimeLinearInRulesAndExceptions) {
  const auto small = time_to_load(500);
  const auto large = time_to_load(2000);
  RecordProperty("seconds_2000", std::to_string(large));
  EXPECT_LT(large / small, 8) << small << " s, " << large << " s";
}

}  // namespace
}  // namespace policy
