#include "policy/load/implies.h"

#include <algorithm>

#include "policy/domain.h"

namespace policy {
namespace {

template <class T, class Covers>
bool each_covered(const std::vector<T>& narrow, const std::vector<T>& wide, Covers covers) {
  return std::all_of(narrow.begin(), narrow.end(), [&](const T& n) {
    return std::any_of(wide.begin(), wide.end(), [&](const T& w) { return covers(n, w); });
  });
}

// Numbers that pass, as an interval; both ends inclusive.
struct Interval {
  std::int64_t low = INT64_MIN, high = INT64_MAX;
};
Interval interval(const Compares& compares) {
  const auto n = compares.number;
  switch (compares.op) {
    case Compares::Op::less:
      return {INT64_MIN, n == INT64_MIN ? n : n - 1};
    case Compares::Op::at_most:
      return {INT64_MIN, n};
    case Compares::Op::equal:
      return {n, n};
    case Compares::Op::at_least:
      return {n, INT64_MAX};
    case Compares::Op::more:
      return {n == INT64_MAX ? n : n + 1, INT64_MAX};
  }
  return {};
}

// Every value that passes `narrow` passes `wide`, which is a test of the same kind.
struct Within {
  const Test& wide;

  bool operator()(const IsFlag& narrow) const { return narrow == std::get<IsFlag>(wide); }
  bool operator()(const OneOf& narrow) const {
    return each_covered(narrow.texts, std::get<OneOf>(wide).texts,
                        [](const std::string& n, const std::string& w) { return same_name(n, w); });
  }
  bool operator()(const InNetworks& narrow) const {
    return each_covered(
        narrow.networks, std::get<InNetworks>(wide).networks,
        [](const Network& n, const Network& w) { return n.prefix >= w.prefix && w.contains(n.base); });
  }
  bool operator()(const MatchesDomains& narrow) const {
    return each_covered(
        narrow.patterns, std::get<MatchesDomains>(wide).patterns,
        [](const std::string& n, const std::string& w) { return same_name(n, w) || matches_domain(n, w); });
  }
  bool operator()(const Compares& narrow) const {
    const auto n = interval(narrow);
    const auto w = interval(std::get<Compares>(wide));
    return n.low >= w.low && n.high <= w.high;
  }
};

}  // namespace

bool implies(const Condition& narrow, const Condition& wide) {
  if (narrow.path != wide.path || narrow.negated != wide.negated || narrow.test.index() != wide.test.index())
    return false;
  // Not in a set implies not in any smaller one.
  return narrow.negated ? std::visit(Within{narrow.test}, wide.test)
                        : std::visit(Within{wide.test}, narrow.test);
}

bool implies(const std::vector<Condition>& narrow, const std::vector<Condition>& wide) {
  return std::all_of(wide.begin(), wide.end(), [&](const Condition& w) {
    return std::any_of(narrow.begin(), narrow.end(), [&](const Condition& n) { return implies(n, w); });
  });
}

}  // namespace policy
