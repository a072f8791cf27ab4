// How often each DNS list hit, and which list refuses what no other does. Pure; one thread at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "policy/record/record.h"
#include "policy/report/frequent.h"

namespace policy {

inline constexpr std::size_t kMostReportLists = 64;  // ids of a policy; more than anybody asks
// A session is counted once for one answer of the lists, however many recipients it has: as long as it is
// among the latest ones.
inline constexpr std::size_t kMostReportSessions = 20'000;

struct ListCounts {
  std::uint64_t hits = 0;
  std::uint64_t alone = 0;          // no other list had it
  std::uint64_t refused = 0;        // refused for a list's reason while this one had it
  std::uint64_t refused_alone = 0;  // of these, where no other list had it
  std::uint64_t problems = 0;
  std::string problem;  // the last one: "zen: SERVFAIL for 192.0.2.1"
  std::uint64_t total() const { return hits + problems; }
};

struct ReportLists {
  void add(const Record& record);

  // All are sessions.
  std::uint64_t asked = 0;  // those in which lists were asked
  std::uint64_t hit = 0;    // of these, on one list at least
  Frequent<ListCounts> lists{kMostReportLists};
  // Sessions on both lists; the lesser name first.
  Frequent<std::uint64_t, std::pair<std::string, std::string>> both{kMostReportLists * kMostReportLists};

 private:
  void add_hits(const TextList& listed);
  void add_refused(const Record& record, const TextList& listed);
  void add_problems(const FactSet& facts);

  bool is_new(const std::string& answer);

  Recent<char> sessions_{kMostReportSessions};
};

bool is_about_a_list(std::string_view reason);

// The elements of a known list of texts; none otherwise.
const TextList& texts_of(const FactSet& facts, std::string_view path);

}  // namespace policy
