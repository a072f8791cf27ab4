#include "milter/lists/query_name.h"

#include <fmt/format.h>

#include <array>

#include "milter/dns/resolver.h"
#include "policy/domain.h"

namespace milter {
namespace {

constexpr std::array<std::string_view, 5> kPlaceholders{"{client.ip}", "{domain}", "{helo.name}",
                                                        "{sender.domain}", "{client.name}"};

// RFC 3986 2.3 and 3.4: what may stand in a query as it is. The colon too, so that an IPv6 address stays
// readable.
bool stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~:").find(c) != std::string_view::npos;
}

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (stands_for_itself(c))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

std::string query_name(const policy::List& list, const policy::Address& address) {
  return address.reversed() + "." + policy::normal_name(list.zone);
}

std::string listable_domain(std::string_view name) {
  auto domain = policy::normal_name(name);
  // Spamhaus DBL, for one, answers an address with an error code.
  if (!policy::is_host_name(domain) || policy::Address::parse(domain)) return {};
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

std::string lookup_url(const policy::List& list, std::string_view subject) {
  auto url = list.lookup;
  const auto value = url_encoded(subject);
  for (const auto placeholder : kPlaceholders) {
    for (auto at = url.find(placeholder); at != std::string::npos;
         at = url.find(placeholder, at + value.size()))
      url.replace(at, placeholder.size(), value);
  }
  return url;
}

}  // namespace milter
