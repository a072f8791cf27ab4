// A small DNS world for SPF tests, and resolvers that misbehave.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "milter/auth/spf/records.h"
#include "milter/auth/spf/verify.h"
#include "milter/dns/zone.h"
#include "policy/address.h"
#include "tests/unit/support/run_to_end.h"

namespace milter {

inline policy::Address ip(std::string_view text) { return *policy::Address::parse(text); }

struct World {
  ScriptedZone zone;

  World& txt(std::string_view name, std::vector<std::string> texts) {
    zone.put(name, RecordType::txt, Records{.kind = Records::Kind::found, .texts = std::move(texts)});
    return *this;
  }
  World& spf(std::string_view name, std::string record) { return txt(name, {std::move(record)}); }
  World& a(std::string_view name, std::vector<std::string> addresses, RecordType type = RecordType::a) {
    Records records{.kind = Records::Kind::found};
    for (const auto& address : addresses) records.addresses.push_back(ip(address));
    zone.put(name, type, std::move(records));
    return *this;
  }
  World& mx(std::string_view name, const std::vector<std::string>& hosts) {
    Records records{.kind = Records::Kind::found};
    for (const auto& host : hosts) records.exchangers.push_back({10, host});
    zone.put(name, RecordType::mx, std::move(records));
    return *this;
  }
  World& ptr(std::string_view address, std::vector<std::string> names) {
    zone.put(ip(address).reverse_name(), RecordType::ptr,
             Records{.kind = Records::Kind::found, .names = std::move(names)});
    return *this;
  }
  World& trouble(std::string_view name, RecordType type, Trouble::Kind kind = Trouble::Kind::timeout) {
    zone.put(name, type, kind);
    return *this;
  }
};

inline Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

inline SpfQuestion question(std::string_view client, std::string sender,
                            std::string helo = "mail.example.net") {
  return {.client = ip(client),
          .helo = std::move(helo),
          .sender = std::move(sender),
          .receiver = "mx.example.com",
          .unix_time = 1764000000};
}

// To the end, blocking: what is not there by `end` is out of time.
inline SpfResult check_mail_from(const SpfQuestion& asked, Resolver& dns, Deadline end,
                                 const SpfOptions& options = {}) {
  SpfRecords records;
  return run_to_end(dns, end,
                    [&](Answers& answers) { return check_mail_from(asked, answers, records, options); });
}
inline SpfResult check_helo(const SpfQuestion& asked, Resolver& dns, Deadline end) {
  SpfRecords records;
  return run_to_end(dns, end, [&](Answers& answers) { return check_helo(asked, answers, records); });
}

// bob@example.org from 192.0.2.1, explanations fetched.
inline SpfResult check(World& world, std::string_view client = "192.0.2.1",
                       const std::string& sender = "bob@example.org") {
  return check_mail_from(question(client, sender), world.zone, soon(), {.explanation = true});
}

inline std::string_view word(const SpfResult& result) { return to_text(result.word); }

// Answers as the zone does, but for one question, whose answer never comes.
class Withholding : public Resolver {
 public:
  Withholding(Resolver& inner, std::string question) : inner_(inner), question_(std::move(question)) {}
  Lookup query(std::string_view name, RecordType type) override {
    asked_.push_back(std::string(to_text(type)) + " " + std::string(name));
    return asked_.back() == question_ ? never_.handle() : inner_.query(name, type);
  }
  const std::vector<std::string>& asked() const { return asked_; }
  const PendingLookup& withheld() const { return never_; }

 private:
  Resolver& inner_;
  std::string question_;
  std::vector<std::string> asked_;
  PendingLookup never_;
};

}  // namespace milter
