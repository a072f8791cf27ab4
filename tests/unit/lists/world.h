// A small list and a world around it, for the tests of this folder.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "milter/dns/zone.h"
#include "policy/policy.h"

namespace milter::test {

inline policy::Address address(std::string_view text) { return *policy::Address::parse(text); }

inline policy::ListCode code(std::string_view low, std::string_view high, std::string means, int weight) {
  return {address(low), address(high), std::move(means), weight};
}

// "zen" of zen.example: 127.0.0.2 is SBL (8), 127.0.0.10-11 PBL (5).
inline policy::List zen() {
  policy::List list;
  list.id = "zen";
  list.name = "Example ZEN";
  list.zone = "zen.example";
  list.lookup = "https://check.example/?query={client.ip}";
  list.codes = {code("127.0.0.2", "127.0.0.2", "SBL", 8), code("127.0.0.10", "127.0.0.11", "PBL", 5)};
  return list;
}

inline policy::List dbl(policy::ListOf of) {
  policy::List list;
  list.id = "dbl";
  list.name = "Example DBL";
  list.zone = "dbl.example";
  list.of = of;
  list.lookup = "https://check.example/domain?q={domain}";
  list.codes = {code("127.0.1.2", "127.0.1.2", "spam domain", 6)};
  return list;
}

inline policy::List allow_list() {
  policy::List list;
  list.id = "good";
  list.name = "Example Good";
  list.zone = "good.example";
  list.allow = true;
  list.codes = {code("127.0.10.0", "127.0.10.2", "some trust", 0),
                code("127.0.10.3", "127.0.10.3", "high trust", 0)};
  return list;
}

inline Records addresses(const std::vector<std::string>& texts) {
  Records records;
  records.kind = Records::Kind::found;
  for (const auto& text : texts) records.addresses.push_back(address(text));
  return records;
}

inline void put(ScriptedZone& world, std::string_view name, const std::vector<std::string>& answers) {
  world.put(name, RecordType::a, addresses(answers));
}

// Lists that pass their test points.
inline std::shared_ptr<ScriptedZone> healthy_world() {
  auto world = std::make_shared<ScriptedZone>();
  put(*world, "2.0.0.127.zen.example", {"127.0.0.2"});
  put(*world, "test.dbl.example", {"127.0.1.2"});
  put(*world, "2.0.0.127.good.example", {"127.0.10.0"});
  return world;
}

}  // namespace milter::test
