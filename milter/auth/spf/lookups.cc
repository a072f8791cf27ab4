#include "milter/auth/spf/lookups.h"

#include <fmt/core.h>

#include <algorithm>

namespace milter {

const Lookup& SpfLookups::find(std::string_view name, RecordType type) {
  const auto known = std::find_if(asked_.begin(), asked_.end(), [&](const Asked& asked) {
    return asked.type == type && asked.name == name;
  });
  if (known != asked_.end()) return known->lookup;
  return asked_.emplace_back(Asked{std::string(name), type, resolver_.query(name, type)}).lookup;
}

SpfOr<const Outcome*> SpfLookups::outcome(std::string_view name, RecordType type) {
  const auto* outcome = find(name, type).wait(deadline_);
  if (outcome == nullptr)
    return tl::unexpected(
        SpfStop{SpfWord::temperror, fmt::format("{} {}: no answer in time", to_text(type), name)});
  return outcome;
}

SpfOr<const Records*> SpfLookups::wait(std::string_view name, RecordType type) {
  const auto answer = outcome(name, type);
  if (!answer) return tl::unexpected(answer.error());
  if (!(*answer)->has_value()) return tl::unexpected(SpfStop{SpfWord::temperror, (*answer)->error().detail});
  return &(*answer)->value();
}

SpfOr<const Records*> SpfLookups::wait_if_well(std::string_view name, RecordType type) {
  const auto answer = outcome(name, type);
  if (!answer) return tl::unexpected(answer.error());
  return (*answer)->has_value() ? &(*answer)->value() : nullptr;
}

void SpfLookups::halve_time() {
  const auto now = std::chrono::steady_clock::now();
  if (deadline_ > now) deadline_ = now + (deadline_ - now) / 2;
}

SpfOr<void> SpfLookups::count_term() {
  if (terms_ == kMostSpfLookups)
    return spf_permerror(fmt::format("more than {} terms that need DNS lookups", kMostSpfLookups));
  ++terms_;
  return {};
}

SpfOr<void> SpfLookups::count_void(const Records& records) {
  if (records.kind == Records::Kind::found) return {};
  if (voids_ == kMostVoidLookups)
    return spf_permerror(fmt::format("more than {} lookups that found nothing", kMostVoidLookups));
  ++voids_;
  return {};
}

}  // namespace milter
