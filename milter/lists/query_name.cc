#include "milter/lists/query_name.h"

#include "milter/dns/resolver.h"
#include "policy/domain.h"
#include "policy/domain_form.h"

namespace milter {
std::string query_name(const policy::List& list, const policy::Address& address) {
  return address.reversed() + "." + policy::normal_name(list.zone);
}

std::string listable_domain(std::string_view name) {
  auto domain = policy::to_a_labels(name);
  // Spamhaus DBL, for one, answers an address with an error code.
  if (policy::Address::parse(domain)) return {};
  return domain.find('.') == std::string::npos ? std::string{} : domain;
}

std::string listable_domain_of(std::string_view mail_from) {
  if (mail_from.ends_with('>')) mail_from.remove_suffix(1);
  // The last @: quoted local parts and source routes have others (RFC 5321 4.1.2).
  const auto at = mail_from.rfind('@');
  return at == std::string_view::npos ? std::string{} : listable_domain(mail_from.substr(at + 1));
}

std::optional<std::string> query_name(const policy::List& list, std::string_view domain) {
  const auto known = listable_domain(domain);
  const auto zone = "." + policy::normal_name(list.zone);
  for (std::string_view rest = known; rest.find('.') != std::string_view::npos;
       rest.remove_prefix(rest.find('.') + 1)) {
    auto name = std::string(rest) + zone;
    if (is_askable(name)) return name;
  }
  return std::nullopt;
}

}  // namespace milter
