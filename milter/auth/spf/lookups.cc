#include "milter/auth/spf/lookups.h"

#include <fmt/core.h>

namespace milter {
namespace {

// What an open question reads as: no void lookup, and nothing in it.
const Records& open_answer() {
  static const Records records{.kind = Records::Kind::found};
  return records;
}

}  // namespace

SpfOr<const Records*> SpfLookups::of(std::string_view name, RecordType type) {
  const auto* outcome = look(name, type);
  if (outcome == nullptr) return &open_answer();
  if (!*outcome)
    return tl::unexpected(SpfStop{SpfWord::temperror, outcome->error().detail, outcome->error().owner});
  return &outcome->value();
}

SpfOr<const Records*> SpfLookups::of_if_well(std::string_view name, RecordType type) {
  const auto records = of(name, type);
  // What the client's allowance, or we, kept from being asked is no trouble with that name.
  if (records || answers_.any_over() || records.error().owner != policy::Owner::world) return records;
  return nullptr;
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

SpfOr<void> SpfLookups::count_octets(std::size_t octets) {
  octets_ += octets;
  if (octets_ <= kMostSpfOctets) return {};
  return tl::unexpected(SpfStop{SpfWord::temperror,
                                fmt::format("more than {} octets of SPF records", kMostSpfOctets),
                                policy::Owner::client});
}

}  // namespace milter
