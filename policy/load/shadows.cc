#include "policy/load/shadows.h"

#include <algorithm>

#include "policy/domain.h"
#include "policy/load/implies.h"
#include "policy/text.h"

namespace policy {
namespace {

using Keys = std::vector<std::string>;

const std::string kEverything;  // the key of a rule without conditions

// The network around `base` that has `prefix` bits, as a key.
std::string block(const Address& base, int prefix) {
  std::string key(base.is_v4() ? "4/" : "6/");
  key += std::to_string(prefix) + ' ';
  int left = prefix;
  for (const auto byte : base.bytes()) {
    const int bits = std::clamp(left, 0, 8);
    key += static_cast<char>(byte & (0xff00U >> static_cast<unsigned>(bits)));
    left -= bits;
  }
  return key;
}

// What a test is filed under: each value of it by itself.
struct Values {
  Keys operator()(const IsFlag& test) const { return {test.value ? "true" : "false"}; }
  Keys operator()(const OneOf& test) const {
    Keys out;
    for (const auto& text : test.texts) out.push_back(lower(text));
    return out;
  }
  Keys operator()(const MatchesDomains& test) const {
    Keys out;
    for (const auto& pattern : test.patterns) out.push_back(normal_name(pattern));
    return out;
  }
  Keys operator()(const InNetworks& test) const {
    Keys out;
    for (const auto& network : test.networks) out.push_back(block(network.base, network.prefix));
    return out;
  }
  Keys operator()(const Compares&) const { return {""}; }
};

// What a test that covers this one may be filed under. It covers each of its values, so that one of them is enough.
struct Covers {
  Keys operator()(const IsFlag& test) const { return Values{}(test); }
  Keys operator()(const OneOf& test) const {
    if (test.texts.empty()) return {};
    return {lower(test.texts.front())};
  }
  Keys operator()(const MatchesDomains& test) const {
    if (test.patterns.empty()) return {};
    const auto name = normal_name(test.patterns.front());
    Keys out{name};
    for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
      out.push_back('*' + name.substr(dot));
    return out;
  }
  Keys operator()(const InNetworks& test) const {
    Keys out;
    if (test.networks.empty()) return out;
    const auto& [base, longest] = test.networks.front();
    for (int prefix = 0; prefix <= longest; ++prefix) out.push_back(block(base, prefix));
    return out;
  }
  Keys operator()(const Compares& test) const { return Values{}(test); }
};

// Of a negation only the fact: what covers it has fewer values, none of which need be first.
template <class Of>
Keys keys(const Condition& condition, Of of) {
  const auto front =
      std::string(condition.path) + (condition.negated ? "!" : "=") + std::to_string(condition.test.index());
  if (condition.negated) return {front};
  auto out = std::visit(of, condition.test);
  for (auto& key : out) key.insert(0, front + ' ');
  return out;
}

}  // namespace

Shadows::Shadows(const Policy& policy) : policy_(policy) {
  for (const auto& exception : policy.exceptions)
    skipped_.insert(exception.skip.begin(), exception.skip.end());
  for (const auto& rule : policy.rules)
    for (const auto& condition : rule.when)
      for (auto& key : keys(condition, Values{})) ++frequency_[std::move(key)];
}

std::vector<std::string> Shadows::filing(const Rule& rule) const {
  std::vector<std::string> rarest{kEverything};
  std::size_t least = SIZE_MAX;
  for (const auto& condition : rule.when) {
    auto own = keys(condition, Values{});
    std::size_t most = 0;
    for (const auto& key : own) most = std::max(most, frequency_.at(key));
    if (most >= least) continue;
    least = most;
    rarest = std::move(own);
  }
  return rarest;
}

// Whether whatever `later` would decide is decided by `earlier` already.
bool Shadows::shadows(const Rule& earlier, const Rule& later) const {
  return moment_of(earlier.stage) == moment_of(later.stage) && implies(later.when, earlier.when);
}

std::optional<std::size_t> Shadows::next(std::size_t index) {
  const auto& rule = policy_.rules[index];
  std::set<std::size_t> candidates;
  const auto look = [&](const std::string& key) {
    if (const auto found = filed_.find(key); found != filed_.end())
      candidates.insert(found->second.begin(), found->second.end());
  };
  look(kEverything);
  for (const auto& condition : rule.when)
    for (const auto& key : keys(condition, Covers{})) look(key);
  const bool may_be_skipped = skipped_.contains(rule.id) || skipped_.contains(rule.reason);
  if (rule.mode == Mode::enforce && !may_be_skipped)
    for (auto& key : filing(rule)) filed_[std::move(key)].push_back(index);
  const auto first = std::find_if(candidates.begin(), candidates.end(),
                                  [&](std::size_t earlier) { return shadows(policy_.rules[earlier], rule); });
  return first == candidates.end() ? std::nullopt : std::optional(*first);
}

}  // namespace policy
