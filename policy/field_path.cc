#include "policy/field_path.h"

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>

namespace policy {

struct FieldPath::Entry {
  std::string text;
  std::size_t dot = 0;  // its place, or the length
  std::uint16_t number = 0;
};

namespace {

// Open addressing: twice as many slots as there may be entries, so that a search ends soon.
constexpr std::size_t kSlots = 2 * kMostFieldPaths;

// "group.field" without putting the two together first.
struct Name {
  std::string_view group, field;

  explicit Name(std::string_view path) : group(path.substr(0, path.find('.'))) {
    if (group.size() < path.size()) field = path.substr(group.size() + 1);
  }
  Name(std::string_view g, std::string_view f) : group(g), field(f) {}

  std::size_t hash() const {  // FNV-1a
    std::size_t hash = 0xcbf29ce484222325U;
    const auto mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U; };
    for (const char c : group) mix(c);
    mix('.');
    for (const char c : field) mix(c);
    return hash ^ (hash >> 32U);
  }
  bool operator==(const FieldPath::Entry& entry) const {
    const std::string_view text = entry.text;
    return text.substr(0, entry.dot) == group && text.substr(std::min(entry.dot + 1, text.size())) == field;
  }
  std::string text() const {
    std::string out(group);
    return field.empty() ? out : out.append(1, '.').append(field);
  }
};

class Table {
 public:
  // Null: nothing is called so.
  const FieldPath::Entry* find(const Name& name) const {
    for (auto slot = name.hash() % kSlots;; slot = (slot + 1) % kSlots) {
      const auto* entry = slots_[slot].load(std::memory_order_acquire);
      if (!entry || name == *entry) return entry;
    }
  }

  // Two threads that say a new name at once agree on who was first; the number of the other stays unused.
  const FieldPath::Entry& add(const Name& name) {
    const auto number = next_.fetch_add(1, std::memory_order_relaxed);
    if (number >= kMostFieldPaths) throw std::length_error("too many names of facts");
    auto entry = std::make_unique<FieldPath::Entry>(
        FieldPath::Entry{name.text(), name.group.size(), static_cast<std::uint16_t>(number)});
    for (auto slot = name.hash() % kSlots;; slot = (slot + 1) % kSlots) {
      const FieldPath::Entry* here = nullptr;
      if (slots_[slot].compare_exchange_strong(here, entry.get(), std::memory_order_acq_rel))
        return *entry.release();  // never freed: paths point to it until the program ends
      if (name == *here) return *here;
    }
  }

  std::size_t size() const { return next_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<const FieldPath::Entry*>, kSlots> slots_{};
  std::atomic<std::size_t> next_ = 0;
};

constinit Table table;

const FieldPath::Entry& entry_of(const Name& name) {
  const auto* entry = table.find(name);
  return entry ? *entry : table.add(name);
}

}  // namespace

FieldPath::FieldPath(std::string_view path) : entry_(&entry_of(Name(path))) {}

FieldPath::FieldPath(std::string_view group, std::string_view field)
    : entry_(&entry_of(Name(group, field))) {}

std::optional<FieldPath> FieldPath::of_log(std::string_view group, std::string_view field) {
  if (group.empty() || field.empty()) return std::nullopt;
  const Name name(group, field);
  if (const auto* entry = table.find(name)) return FieldPath(*entry);
  if (table.size() >= kMostFieldPathsOfLogs) return std::nullopt;
  return FieldPath(table.add(name));
}

std::string_view FieldPath::text() const { return entry_->text; }
std::string_view FieldPath::group() const { return text().substr(0, entry_->dot); }
std::string_view FieldPath::field() const {
  return text().substr(std::min(entry_->dot + 1, entry_->text.size()));
}
std::uint16_t FieldPath::number() const { return entry_->number; }

}  // namespace policy
