#include "milter/dns/zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "policy/domain.h"

namespace milter {

namespace {

struct Owner {
  std::map<RecordType, ScriptedZone::Entry> entries;
  std::optional<std::string> alias;
};

// "192.0.2.1" stands for its reverse name: people write PTR records so.
std::string owner_name(std::string_view name) {
  if (const auto address = policy::Address::parse(name)) return address->reverse_name();
  return policy::normal_name(name);
}

Records none(Records::Kind kind) {
  Records records;
  records.kind = kind;
  return records;
}

std::string question(std::string_view name, RecordType type) {
  return fmt::format("{} {}", to_text(type), name);
}

Outcome trouble(const std::string& asked, Trouble::Kind kind, std::string_view what) {
  return tl::unexpected(Trouble{.kind = kind, .detail = fmt::format("{}: {}", asked, what)});
}

}  // namespace

struct ScriptedZone::World {
  std::map<std::string, Owner, std::less<>> owners;
  std::set<std::string, std::less<>> known;  // the owners and every name above one: RFC 8020
  mutable std::mutex mutex;                  // of `asked` only
  std::vector<std::string> asked;

  Owner& owner(std::string_view name) {
    const auto normal = owner_name(name);
    for (std::string_view rest = normal;;) {
      known.emplace(rest);
      const auto dot = rest.find('.');
      if (dot == std::string_view::npos) break;
      rest.remove_prefix(dot + 1);
    }
    return owners[normal];
  }

  Outcome answer(const std::string& name, RecordType type) const;
};

Outcome ScriptedZone::World::answer(const std::string& name, RecordType type) const {
  const auto asked_for = question(name, type);
  std::string_view at = name;
  for (int aliases = 0; aliases <= kMostAliases; ++aliases) {
    const auto owner = owners.find(at);
    if (owner == owners.end())
      return none(known.contains(at) ? Records::Kind::no_data : Records::Kind::no_name);
    if (!owner->second.alias) {
      const auto entry = owner->second.entries.find(type);
      if (entry == owner->second.entries.end()) return none(Records::Kind::no_data);
      if (const auto* kind = std::get_if<Trouble::Kind>(&entry->second))
        return trouble(asked_for, *kind, to_text(*kind));
      return std::get<Records>(entry->second);
    }
    at = *owner->second.alias;
  }
  return trouble(asked_for, Trouble::Kind::bad_reply, fmt::format("more than {} aliases", kMostAliases));
}

ScriptedZone::ScriptedZone() : world_(std::make_unique<World>()) {}
ScriptedZone::~ScriptedZone() = default;

Lookup ScriptedZone::query(std::string_view name, RecordType type) {
  const auto normal = policy::normal_name(name);
  {
    const std::scoped_lock lock(world_->mutex);
    world_->asked.push_back(question(normal, type));
  }
  if (!is_askable(normal)) return answered(none(Records::Kind::no_name));
  return answered(world_->answer(normal, type));
}

void ScriptedZone::put(std::string_view name, RecordType type, Entry entry) {
  if (auto* records = std::get_if<Records>(&entry))
    std::stable_sort(
        records->exchangers.begin(), records->exchangers.end(),
        [](const MailExchanger& a, const MailExchanger& b) { return a.preference < b.preference; });
  world_->owner(name).entries.insert_or_assign(type, std::move(entry));
}

void ScriptedZone::put_alias(std::string_view name, std::string_view target) {
  world_->owner(name).alias = policy::normal_name(target);
}

void ScriptedZone::put_name(std::string_view name) { world_->owner(name); }

std::vector<std::string> ScriptedZone::asked() const {
  const std::scoped_lock lock(world_->mutex);
  return world_->asked;
}

}  // namespace milter
