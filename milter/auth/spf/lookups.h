// The DNS side of one run of an SPF evaluation: RFC 7208's limits counted, and ours. Belongs to that run.
//
// An open question reads as an answer with nothing in it. The run goes on, as if that term did not match, to
// find out what else it will ask: then all of it is asked at once. What it returns does not count.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "milter/auth/spf/verify.h"
#include "milter/dns/answers.h"

namespace milter {

// Why an evaluation ends before its record does: permerror or temperror.
struct SpfStop {
  SpfWord word = SpfWord::temperror;
  std::string problem;
  policy::Owner owner = policy::Owner::world;  // of a temperror
};
template <class T>
using SpfOr = tl::expected<T, SpfStop>;

// Of records, in octets, read in one evaluation; beyond it there is no result (temperror). The time and memory
// that a message may cost are bounded by it. What is published is far below 4 KiB with all its includes.
inline constexpr std::size_t kMostSpfOctets = 65535;

// Open questions of one run, from which on it looks no further ahead: ten exchangers' hosts would be a hundred.
inline constexpr std::size_t kMostSpfAhead = 20;

inline tl::unexpected<SpfStop> spf_permerror(std::string problem) {
  return tl::unexpected(SpfStop{SpfWord::permerror, std::move(problem)});
}

class SpfLookups {
 public:
  explicit SpfLookups(Answers& answers) : answers_(answers) {}

  // The firm answer; trouble is temperror. Lives as long as the Answers.
  SpfOr<const Records*> of(std::string_view name, RecordType type);

  // Only names it, as one of several that are asked at once.
  void ask(std::string_view name, RecordType type) { look(name, type); }

  // The same as of() where trouble with one name means only that it is skipped: null then (RFC 7208 5.5). But
  // when the time is over that is temperror too.
  SpfOr<const Records*> of_if_well(std::string_view name, RecordType type);

  // From here on questions are over when half of the decision's time is: for what is nice to have.
  void halve_time() { halved_ = true; }

  std::size_t open() const { return answers_.open(); }
  bool looks_no_further() const { return open() >= kMostSpfAhead; }

  // Counts one term that asks DNS; permerror beyond kMostSpfLookups.
  SpfOr<void> count_term();
  int terms() const { return terms_; }

  // Counts `records` if it is void; permerror beyond kMostVoidLookups.
  SpfOr<void> count_void(const Records& records);

  // Counts a record that is to be read; temperror beyond kMostSpfOctets.
  SpfOr<void> count_octets(std::size_t octets);

 private:
  const Outcome* look(std::string_view name, RecordType type) {
    return halved_ ? answers_.of_by_half(name, type) : answers_.of(name, type);
  }

  Answers& answers_;
  bool halved_ = false;
  int terms_ = 0;
  int voids_ = 0;
  std::size_t octets_ = 0;
};

}  // namespace milter
