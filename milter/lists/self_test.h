// The test points of RFC 5782 section 5: what every list must and must not list. A list that fails them is
// dead, blocked or lying, whatever it says about a client. Pure but for PointLookups; any thread.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "milter/dns/answers.h"
#include "policy/policy.h"

namespace milter {

struct TestPoint {
  std::string label;     // "127.0.0.2", "::FFFF:7F00:2", "TEST": for people
  std::string name;      // what is asked; never printed
  bool listed = true;    // whether the list must list it
  bool required = true;  // whether trouble, or not being listed, fails the test
};

// Addresses: 127.0.0.2, 127.0.0.1 and the same in IPv6. Domains: TEST, INVALID.
std::vector<TestPoint> test_points(const policy::List& list);

// What one point answered, for people: "127.0.0.2" and "127.0.0.2, 127.0.0.4", "not listed", "SERVFAIL".
struct PointAnswer {
  std::string label;
  std::string answer;
};

// "127.0.0.2: SERVFAIL"
policy::TextList texts_of(const std::vector<PointAnswer>& points);

struct SelfTest {
  bool passed = false;
  bool lies = false;       // see ListAnswer::lies
  bool lists_all = false;  // a point that must not be listed is
  std::string problem;  // one sentence, without the list's id: "test point 127.0.0.2: SERVFAIL"; "" if passed
  std::vector<PointAnswer> points;
};

// The questions of one test, under way. A value; copies share the lookups.
class PointLookups {
 public:
  static PointLookups start(Resolver& dns, const policy::List& list);  // never blocks

  // A point without an answer by now fails the test as "no answer in time".
  SelfTest result(const policy::List& list) const;
  const std::vector<Lookup>& lookups() const { return lookups_; }

 private:
  std::vector<Lookup> lookups_;  // in the order of test_points()
};

// Asked by a check. Says nothing while a point is open.
SelfTest ask_points(const policy::List& list, Answers& answers);

// The verdict on the answers, one a point in the order of test_points(); null is no answer in time. The IPv6
// points are not required: many lists have none. But ::FFFF:7F00:1 must not be listed.
SelfTest judge_points(const policy::List& list, std::span<const Outcome* const> outcomes);

inline constexpr std::string_view kNoAnswerInTime = "no answer in time";

}  // namespace milter
