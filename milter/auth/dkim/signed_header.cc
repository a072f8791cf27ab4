#include "milter/auth/dkim/signed_header.h"

#include <algorithm>

#include "milter/auth/dkim/canonical_field.h"
#include "milter/auth/dkim/hash.h"

namespace milter {

SignedHeader::SignedHeader(std::span<const HeaderField> fields) : fields_(fields) {
  named_.reserve(fields.size());
  for (auto i = fields.size(); i-- > 0;) named_.push_back({plain_name(fields[i].name), i});
  std::stable_sort(named_.begin(), named_.end(),
                   [](const Named& a, const Named& b) { return a.name < b.name; });
  for (std::size_t i = 0; i < named_.size(); ++i) {
    if (i == 0 || named_[i].name != named_[i - 1].name) groups_.push_back({i, i});
    ++groups_.back().end;
  }
}

std::size_t SignedHeader::group_of(const std::string& name) const {
  const auto it = std::lower_bound(
      groups_.begin(), groups_.end(), name,
      [&](const Group& group, const auto& wanted) { return named_[group.begin].name < wanted; });
  const bool found = it != groups_.end() && named_[it->begin].name == name;
  return found ? static_cast<std::size_t>(it - groups_.begin()) : groups_.size();
}

std::vector<std::size_t> SignedHeader::covered(const DkimSignature& signature, std::size_t own) const {
  std::vector<std::size_t> out;
  std::vector<std::size_t> taken(groups_.size());  // how many of each group
  for (const auto& name : signature.signed_fields) {
    const auto at = group_of(name);
    if (at == groups_.size()) continue;
    auto next = groups_[at].begin + taken[at];
    if (next < groups_[at].end && named_[next].field == own) ++next;
    if (next >= groups_[at].end) continue;
    out.push_back(named_[next].field);
    taken[at] = next - groups_[at].begin + 1;
  }
  return out;
}

std::string SignedHeader::digest(const DkimSignature& signature, std::size_t own) const {
  std::string text;
  for (const auto field : covered(signature, own)) {
    append_field(text, fields_[field].name, fields_[field].value, signature.headers);
    text += "\r\n";
  }
  auto value = fields_[own].value;
  value.erase(signature.value_begin, signature.value_end - signature.value_begin);
  append_field(text, fields_[own].name, value, signature.headers);
  return hash_of(text, hash_kind(*signature.algorithm));
}

}  // namespace milter
