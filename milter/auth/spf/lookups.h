// The DNS side of one SPF evaluation: each name asked once, every wait bounded, RFC 7208's limits counted.
// Belongs to one evaluation.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "milter/auth/spf/verify.h"
#include "milter/dns/resolver.h"

namespace milter {

// Why an evaluation ends before its record does: permerror or temperror.
struct SpfStop {
  SpfWord word = SpfWord::temperror;
  std::string problem;
};
template <class T>
using SpfOr = tl::expected<T, SpfStop>;

inline tl::unexpected<SpfStop> spf_permerror(std::string problem) {
  return tl::unexpected(SpfStop{SpfWord::permerror, std::move(problem)});
}

class SpfLookups {
 public:
  SpfLookups(Resolver& resolver, Deadline deadline) : resolver_(resolver), deadline_(deadline) {}

  // Asks, without waiting. A name asked before is not asked again.
  void start(std::string_view name, RecordType type) { find(name, type); }

  // The firm answer; trouble and a wait past the deadline are temperror. Lives as long as this object.
  SpfOr<const Records*> wait(std::string_view name, RecordType type);

  // The same where trouble with one name means only that it is skipped: null then (RFC 7208 5.5). The
  // deadline still is temperror.
  SpfOr<const Records*> wait_if_well(std::string_view name, RecordType type);

  // From here on waits end when half of the time that is left has passed: for what is nice to have.
  void halve_time();

  // Counts one term that asks DNS; permerror beyond kMostSpfLookups.
  SpfOr<void> count_term();
  int terms() const { return terms_; }
  int terms_left() const { return kMostSpfLookups - terms_; }

  // Counts `records` if it is void; permerror beyond kMostVoidLookups.
  SpfOr<void> count_void(const Records& records);

 private:
  struct Asked {
    std::string name;
    RecordType type;
    Lookup lookup;
  };
  const Lookup& find(std::string_view name, RecordType type);
  SpfOr<const Outcome*> outcome(std::string_view name, RecordType type);

  Resolver& resolver_;
  Deadline deadline_;
  std::vector<Asked> asked_;  // at most 10 terms with 11 names each
  int terms_ = 0;
  int voids_ = 0;
};

}  // namespace milter
