// Keys that were read before, by the whole text of their records: the text decides, so nothing ever goes stale. To
// make a key ready costs more than to verify with it. Any thread.
#pragma once
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "milter/auth/dkim/public_key.h"

namespace milter {

inline constexpr std::size_t kMostKeptKeys =
    1024;  // at 4 KiB or so each; a busy day's mail has some hundreds
inline constexpr std::size_t kLongestKeptRecord =
    4096;  // octets; a key of 4096 bits takes 750. Longer ones are read anew

class KeyCache {
 public:
  // Never null. The least recently used makes room.
  std::shared_ptr<const PublicKey> get(std::string_view record);
  std::size_t size() const;

 private:
  struct Entry {
    std::string record;
    std::shared_ptr<const PublicKey> key;
  };
  using Entries = std::list<Entry>;

  std::shared_ptr<const PublicKey> find(std::string_view record);
  void keep(std::string_view record, const std::shared_ptr<const PublicKey>& key);

  mutable std::mutex mutex_;
  Entries entries_;                                                    // the most recently used first
  std::unordered_map<std::string_view, Entries::iterator> by_record_;  // of entries_, and into their texts
};

KeyCache& shared_keys();  // the program's

}  // namespace milter
