#include "milter/auth/dkim/key_cache.h"

namespace milter {

std::shared_ptr<const PublicKey> KeyCache::get(std::string_view record) {
  if (auto known = find(record)) return known;
  auto key = std::make_shared<const PublicKey>(record);  // not under the lock: it takes some 10 µs
  if (record.size() <= kLongestKeptRecord) keep(record, key);
  return key;
}

std::size_t KeyCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::shared_ptr<const PublicKey> KeyCache::find(std::string_view record) {
  const std::lock_guard lock(mutex_);
  const auto it = by_record_.find(record);
  if (it == by_record_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, it->second);
  return it->second->key;
}

void KeyCache::keep(std::string_view record, const std::shared_ptr<const PublicKey>& key) {
  const std::lock_guard lock(mutex_);
  if (by_record_.contains(record)) return;  // another thread was faster
  entries_.push_front({std::string(record), key});
  by_record_.emplace(entries_.front().record, entries_.begin());
  if (entries_.size() <= kMostKeptKeys) return;
  by_record_.erase(entries_.back().record);
  entries_.pop_back();
}

// Never destroyed: sessions may still end after main.
KeyCache& shared_keys() {
  static auto* const keys = new KeyCache;
  return *keys;
}

}  // namespace milter
