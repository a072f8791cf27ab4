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

std::chrono::seconds lifetime(const Outcome& outcome) {
  if (!outcome) return kFailureTtl;
  const auto longest = outcome->kind == Records::Kind::found ? kLongestTtl : kLongestNegativeTtl;
  return std::clamp(outcome->ttl, kShortestTtl, longest);
}

std::size_t octets_of(const Records& records) {
  std::size_t octets = records.addresses.size() * sizeof(policy::Address);
  for (const auto& name : records.names) octets += sizeof(std::string) + name.capacity();
  for (const auto& text : records.texts) octets += sizeof(std::string) + text.capacity();
  for (const auto& mx : records.exchangers) octets += sizeof mx + mx.host.capacity();
  return octets;
}

}  // namespace

std::size_t cost_of(const Question& question, const Outcome& outcome) {
  // The index node, the key, the Lookup and its mutex. Measured (tests/bench, full_cache): where at most 32
  // MiB are so counted the whole process has 32 MiB.
  constexpr std::size_t kOverhead = 640;
  const auto text = question.name.size() + 1;
  return kOverhead + text + (outcome ? octets_of(*outcome) : outcome.error().detail.capacity());
}

AnswerCache::AnswerCache(std::size_t most_octets) {
  for (auto& shard : shards_) shard.most = most_octets / kShards / 2;
}

AnswerCache::Shard& AnswerCache::shard_of(std::string_view key) {
  // Not the low bits: the shard's own table uses those.
  return shards_[(std::hash<std::string_view>{}(key) >> 32) % kShards];
}

AnswerCache::Entry* AnswerCache::Shard::find(const std::string& key) {
  if (const auto found = young.entries.find(key); found != young.entries.end()) return &found->second;
  auto node = old.entries.extract(key);
  if (!node) return nullptr;
  const auto cost = node.mapped().cost;
  old.octets -= cost;
  make_room(cost);
  young.octets += cost;
  return &young.entries.insert(std::move(node)).position->second;
}

void AnswerCache::Shard::make_room(std::size_t octets) {
  if (young.octets + octets <= most) return;
  old = std::exchange(young, {});
  young.entries.reserve(old.entries.size());
}

AnswerCache::Found AnswerCache::find(const Question& question, Time now) {
  auto key = key_of(question);
  auto& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  auto* entry = shard.find(key);
  if (entry == nullptr) entry = &shard.young.entries[std::move(key)];
  if (entry->answer && entry->fresh_until > now) return {Found::How::cached, *entry->answer, std::nullopt};
  if (entry->asked) return {Found::How::joined, entry->asked->handle(), std::nullopt};
  entry->asked.emplace();
  return {Found::How::new_question, entry->asked->handle(), entry->asked};
}

void AnswerCache::settle(const Question& question, const PendingLookup& asked, Outcome outcome, Time now) {
  auto key = key_of(question);
  auto& shard = shard_of(key);
  const auto believed = lifetime(outcome);
  const auto cost = cost_of(question, outcome);
  auto answer = asked.set(outcome) ? asked.handle() : answered(std::move(outcome));
  if (cost > shard.most) return abandon(question);
  const std::scoped_lock lock(shard.mutex);
  shard.make_room(cost);
  auto* entry = shard.find(key);
  if (entry == nullptr) entry = &shard.young.entries[std::move(key)];
  entry->asked.reset();
  shard.young.octets -= entry->cost;
  entry->answer = std::move(answer);
  entry->fresh_until = now + believed;
  entry->cost = cost;
  shard.young.octets += cost;
}

void AnswerCache::abandon(const Question& question) {
  const auto key = key_of(question);
  auto& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  auto* entry = shard.find(key);
  if (entry == nullptr) return;
  entry->asked.reset();
  if (!entry->answer) shard.young.entries.erase(key);
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
