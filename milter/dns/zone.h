// A DNS world written in a file: what `--zone F.yaml` puts in place of the network, and what tests
// are made of.
//
//   NAME: {A: [...], AAAA: [...], MX: ["10 host"], TXT: ["..."], PTR: [...], CNAME: x}
//   NAME: SERVFAIL | REFUSED | TIMEOUT
//
// YAML or JSON. One TXT item is one record (any length); null MX is "0 ."; names ignore case and a trailing
// dot; a type that is not listed is NODATA, a name that is not there NXDOMAIN (but NODATA where a name below
// it exists: RFC 8020). A type may also be `SERVFAIL` or `TIMEOUT` by itself: {A: TIMEOUT}. PTR owners may be
// given as addresses: "192.0.2.1": {PTR: [...]}. A single value may stand without the brackets of a list.
// TIMEOUT answers at once, with trouble; so does a chain of more than kMostAliases aliases (bad_reply).
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "milter/dns/resolver.h"

namespace milter {

// Any thread: nothing changes after construction but the count.
class ScriptedZone : public Resolver {
 public:
  using Entry = std::variant<Records, Trouble::Kind>;

  Lookup query(std::string_view name, RecordType type) override;

  // For tests that build a world in code. Names are normalised.
  void put(std::string_view name, RecordType type, Entry entry);
  void put_alias(std::string_view name, std::string_view target);
  void put_name(std::string_view name);  // exists, without records: NODATA

  // Every question asked so far, "TXT example.org", in order: tests count them.
  std::vector<std::string> asked() const;

  ScriptedZone();
  ~ScriptedZone() override;

 private:
  struct World;
  std::unique_ptr<World> world_;
};

}  // namespace milter
