#include "milter/dns/cache.h"

#include <algorithm>

namespace milter {

namespace {

std::string key_of(const Question& question) {
  std::string key;
  key.reserve(question.name.size() + 1);
  key += static_cast<char>(question.type);
  key += question.name;
  return key;
}

// Where a failure is kept: for one network, beside the answer.
std::string key_of_failure(const std::string& key, const Block& network) { return key + '\0' + network; }

std::size_t octets_of(const Records& records) {
  std::size_t octets = records.addresses.size() * sizeof(policy::Address);
  for (const auto& name : records.names) octets += sizeof(std::string) + name.capacity();
  for (const auto& text : records.texts) octets += sizeof(std::string) + text.capacity();
  for (const auto& mx : records.exchangers) octets += sizeof mx + mx.host.capacity();
  return octets;
}

}  // namespace

std::size_t cost_of(const Question& question, const Outcome& outcome) {
  // The index node, the key, the Lookup and its mutex: 640. Measured (tests/bench, full_cache): where at most 32
  // MiB are so counted the whole process has 32 MiB. And the account of the name's owner: a node and its place.
  constexpr std::size_t kOverhead = 640 + 64;
  const auto text = question.name.size() + 1;
  return kOverhead + text + (outcome ? octets_of(*outcome) : outcome.error().detail.capacity());
}

AnswerCache::AnswerCache(std::size_t most_octets, Lane lane) : lane_(lane) {
  for (auto& shard : shards_) {
    shard.most = most_octets / kShards / 2;
    shard.most_an_owner = lane == Lane::ours ? most_octets : most_octets / kOwnersInCache;
  }
}

std::chrono::seconds AnswerCache::lifetime(const Outcome& outcome) const {
  if (!outcome) return kFailureTtl;
  const auto longest_negative = lane_ == Lane::ours ? kLongestUnlistedTtl : kLongestNegativeTtl;
  const auto longest = outcome->kind == Records::Kind::found ? kLongestTtl : longest_negative;
  return std::clamp(outcome->ttl, kShortestTtl, longest);
}

// An owner's names are in one shard, which so knows what he has. All names of a list are one owner's.
std::size_t AnswerCache::owner_of(const Question& question) const {
  return std::hash<std::string>{}(lane_ == Lane::ours ? question.name : owner_of_name(question.name));
}

// Not the low bits: the shard's own table uses those.
AnswerCache::Shard& AnswerCache::shard_of(std::size_t hash) { return shards_[(hash >> 32U) % kShards]; }

void AnswerCache::Generation::charge(const Entry& entry) {
  octets += entry.cost;
  owned[entry.owner] += entry.cost;
}

void AnswerCache::Generation::discharge(const Entry& entry) {
  octets -= entry.cost;
  const auto found = owned.find(entry.owner);
  if (found != owned.end() && (found->second -= entry.cost) == 0) owned.erase(found);
}

void AnswerCache::Generation::drop_answers_of(std::size_t owner) {
  for (auto it = entries.begin(); it != entries.end();) {
    auto& entry = it->second;
    if (entry.owner != owner || !entry.answer) {
      ++it;
      continue;
    }
    discharge(entry);
    entry.answer.reset();
    entry.cost = 0;
    it = entry.asked ? std::next(it) : entries.erase(it);
  }
}

AnswerCache::Entry* AnswerCache::Shard::find(const std::string& key) {
  if (const auto found = young.entries.find(key); found != young.entries.end()) return &found->second;
  auto node = old.entries.extract(key);
  if (!node) return nullptr;
  old.discharge(node.mapped());
  make_room(node.mapped().cost);
  young.charge(node.mapped());
  return &young.entries.insert(std::move(node)).position->second;
}

AnswerCache::Entry& AnswerCache::Shard::entry(std::string key) {
  auto* found = find(key);
  return found != nullptr ? *found : young.entries[std::move(key)];
}

void AnswerCache::Shard::make_room(std::size_t octets) {
  if (young.octets + octets <= most) return;
  old = std::exchange(young, {});
  young.entries.reserve(old.entries.size());
}

void AnswerCache::Shard::make_room(std::size_t octets, std::size_t owner) {
  std::size_t owned = 0;
  for (const auto* generation : {&young, &old}) {
    const auto found = generation->owned.find(owner);
    if (found != generation->owned.end()) owned += found->second;
  }
  if (owned + octets > most_an_owner)
    for (auto* generation : {&young, &old}) generation->drop_answers_of(owner);
  make_room(octets);
}

void AnswerCache::Shard::keep(std::string key, Lookup answer, Time until, std::size_t cost,
                              std::size_t owner) {
  make_room(cost, owner);
  auto& kept = entry(std::move(key));
  young.discharge(kept);
  kept.answer = std::move(answer);
  kept.fresh_until = until;
  kept.cost = cost;
  kept.owner = owner;
  young.charge(kept);
}

void AnswerCache::Shard::no_longer_asked(const std::string& key) {
  auto* entry = find(key);
  if (entry == nullptr) return;
  entry->asked.reset();
  if (!entry->answer) young.entries.erase(key);
}

AnswerCache::Found AnswerCache::find(const Question& question, const Block& network, Time now) {
  const auto key = key_of(question);
  auto& shard = shard_of(owner_of(question));
  const std::scoped_lock lock(shard.mutex);
  auto* entry = shard.find(key);
  if (entry != nullptr && entry->answer && entry->fresh_until > now)
    return {Found::How::cached, *entry->answer, std::nullopt};
  if (entry != nullptr && entry->asked) return {Found::How::joined, entry->asked->handle(), std::nullopt};
  const auto* failure = shard.find(key_of_failure(key, network));
  if (failure != nullptr && failure->fresh_until > now)
    return {Found::How::cached, *failure->answer, std::nullopt};
  auto& asked = shard.entry(key).asked.emplace();
  return {Found::How::new_question, asked.handle(), asked};
}

void AnswerCache::settle(const Question& question, const Block& network, const PendingLookup& asked,
                         Outcome outcome, Time now) {
  const auto key = key_of(question);
  const auto owner = owner_of(question);
  auto& shard = shard_of(owner);
  const bool failed = !outcome;
  const auto until = now + lifetime(outcome);
  const auto cost = cost_of(question, outcome);
  const bool large = !failed && octets_of(*outcome) > kLargestKept;
  auto answer = asked.set(outcome) ? asked.handle() : answered(std::move(outcome));
  const std::scoped_lock lock(shard.mutex);
  shard.no_longer_asked(key);
  if (large || cost > shard.most || cost > shard.most_an_owner) return;
  shard.keep(failed ? key_of_failure(key, network) : key, std::move(answer), until, cost, owner);
}

void AnswerCache::abandon(const Question& question) {
  auto& shard = shard_of(owner_of(question));
  const std::scoped_lock lock(shard.mutex);
  shard.no_longer_asked(key_of(question));
}

AnswerCache::Size AnswerCache::size() const {
  Size size;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    for (const auto* generation : {&shard.young, &shard.old}) {
      size.entries += generation->entries.size();
      size.octets += generation->octets;
    }
  }
  return size;
}

}  // namespace milter
