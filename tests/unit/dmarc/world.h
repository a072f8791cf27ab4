// Small DNS worlds for DMARC, and a verdict in one line.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "milter/auth/dmarc/verify.h"
#include "milter/dns/zone.h"
#include "tests/unit/support/run_to_end.h"

namespace milter {

// What is published: "example.org" is _dmarc.example.org. Texts get "v=DMARC1; " in front, but those
// after "raw ". "SERVFAIL" and "TIMEOUT" are answers; "exists" makes the domain itself exist. A name
// twice has two records.
using World = std::vector<std::pair<std::string, std::string>>;

inline std::shared_ptr<ScriptedZone> zone_of(const World& world) {
  auto zone = std::make_shared<ScriptedZone>();
  std::map<std::string, std::vector<std::string>> texts;
  for (const auto& [domain, text] : world) {
    if (text == "exists") {
      zone->put_name(domain);
    } else if (text == "SERVFAIL" || text == "TIMEOUT") {
      zone->put("_dmarc." + domain, RecordType::txt,
                text == "TIMEOUT" ? Trouble::Kind::timeout : Trouble::Kind::serv_fail);
    } else {
      texts[domain].push_back(text.starts_with("raw ") ? text.substr(4) : "v=DMARC1; " + text);
    }
  }
  for (auto& [domain, all] : texts)
    zone->put("_dmarc." + domain, RecordType::txt, Records{.kind = Records::Kind::found, .texts = all});
  return zone;
}

struct Case {
  std::string name;
  World world;
  std::string from, spf;
  std::vector<std::string> dkim;
  std::string want;  // "status disposition by policy_domain/org_domain", "-" for none
};

inline std::string summary(const DmarcResult& result) {
  const auto word = [](const std::string& text) { return text.empty() ? "-" : text; };
  std::string by;
  for (const auto& mechanism : result.aligned_by) by += (by.empty() ? "" : "+") + mechanism;
  std::string out(to_text(result.status));
  out += ' ' + std::string(to_text(result.disposition)) + ' ' + word(by);
  return out + ' ' + word(result.policy_domain) + '/' + word(result.org_domain);
}

// With the answers that are here.
inline DmarcResult evaluate_dmarc(const DmarcQuestion& question, Resolver& dns) {
  return run_to_end(dns, Deadline::min(),
                    [&](Answers& answers) { return evaluate_dmarc(question, answers); });
}

inline DmarcResult judge(const Case& c, DmarcMode mode) {
  return evaluate_dmarc({.from_domain = c.from, .spf_domain = c.spf, .dkim_domains = c.dkim, .mode = mode},
                        *zone_of(c.world));
}

inline std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

inline void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

inline const std::string kOrg = "example.org";
inline const World kReject{{kOrg, "p=reject"}};
inline const World kStrict{{kOrg, "p=reject; adkim=s; aspf=s"}};

}  // namespace milter
