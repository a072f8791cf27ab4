// What both SPF checks ask: spf of the MAIL FROM identity, spf_helo of the HELO identity. Pure; any thread.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "milter/auth/spf/records.h"
#include "milter/auth/spf/verify.h"
#include "milter/checks/check.h"
#include "policy/domain_form.h"
#include "policy/path.h"

namespace milter {

// RFC 7208 2.6, without temperror: not knowing is no result, but makes the fact unavailable.
inline constexpr std::array<std::string_view, 10> kSpfWords{"pass",    "fail", "softfail",
                                                            "neutral", "none", "permerror"};

// The mailbox as SPF reads it: without quotes, its domain as A-labels (RFC 8616 4). "@" is no null sender but
// one without a domain.
inline std::string spf_mailbox(const std::string& mail_from) {
  const auto path = policy::parse_path(mail_from);
  if (path.null) return "";
  const auto domain = policy::to_a_labels(path.domain);
  return path.local + "@" + (domain.empty() ? path.domain : domain);
}

// Empty for a local client without an address: SPF says nothing of it.
inline std::optional<SpfQuestion> spf_question(const CheckInput& input) {
  if (!input.connection.client) return std::nullopt;
  const auto& helo = input.connection.helo;
  const auto helo_a_labels = policy::to_a_labels(helo);  // RFC 8616 4
  return SpfQuestion{.client = *input.connection.client,
                     .helo = helo_a_labels.empty() ? helo : helo_a_labels,
                     .sender = spf_mailbox(input.transaction.mail_from),
                     .receiver = input.policy.site.name,
                     .unix_time = input.unix_millis / 1000};
}

}  // namespace milter
