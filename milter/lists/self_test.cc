#include "milter/lists/self_test.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "policy/codes.h"
#include "policy/domain.h"

namespace milter {
namespace {

// ::FFFF:7F00:2 as nibbles, by hand: policy::Address takes a mapped address for IPv4 and would reverse
// it as such.
constexpr std::string_view kIpv6Prefix = "f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0";
constexpr std::string_view kIpv6Listed = "2.0.0.0.0.0.";
constexpr std::string_view kIpv6Unlisted = "1.0.0.0.0.0.";

std::string_view trouble_text(const Outcome* outcome) {
  return outcome ? to_text(outcome->error().kind) : kNoAnswerInTime;
}

std::string answer_text(const Outcome* outcome) {
  if (!outcome || !*outcome) return std::string(trouble_text(outcome));
  std::vector<std::string> codes;
  for (const auto& address : (*outcome)->addresses) codes.push_back(address.text());
  return codes.empty() ? "not listed" : fmt::format("{}", fmt::join(codes, ", "));
}

std::string missing(const TestPoint& point) {
  return fmt::format(
      "test point {} is not listed: the list is dead or its zone is wrong, or your resolver strips answers "
      "in 127.0.0.0/8 "
      "(unbound: private-address)",
      point.label);
}

std::string listed_wrongly(const TestPoint& point, const Outcome& outcome) {
  return fmt::format("test point {} must not be listed but answered {}: the list would list everybody",
                     point.label, answer_text(&outcome));
}

// What this point says against the list; "" is nothing.
std::string problem_of(const TestPoint& point, const Outcome* outcome, const policy::ListReading& answer) {
  if (!outcome || !*outcome)
    return point.required ? fmt::format("test point {}: {}", point.label, trouble_text(outcome)) : "";
  if (!answer.problems.empty()) return fmt::format("test point {} {}", point.label, answer.problems.front());
  const bool listed = !answer.listings.empty();
  if (listed && !point.listed) return listed_wrongly(point, *outcome);
  return !listed && point.listed && point.required ? missing(point) : "";
}

}  // namespace

std::vector<TestPoint> test_points(const policy::List& list) {
  const auto zone = "." + policy::normal_name(list.zone);
  const auto at = [&](std::string_view name) { return std::string(name) + zone; };
  if (list.of != policy::ListOf::client_ip)
    return {{"TEST", at("test"), true, true}, {"INVALID", at("invalid"), false, true}};
  const auto ipv6 = [&](std::string_view last) { return at(std::string(last).append(kIpv6Prefix)); };
  return {{"127.0.0.2", at("2.0.0.127"), true, true},
          {"127.0.0.1", at("1.0.0.127"), false, true},
          {"::FFFF:7F00:2", ipv6(kIpv6Listed), true, false},
          {"::FFFF:7F00:1", ipv6(kIpv6Unlisted), false, false}};
}

SelfTest judge_points(const policy::List& list, std::span<const Outcome* const> outcomes) {
  SelfTest test;
  const auto points = test_points(list);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto* outcome = i < outcomes.size() ? outcomes[i] : nullptr;
    const auto answer =
        outcome && *outcome ? policy::read_answer(list, (*outcome)->addresses) : policy::ListReading{};
    const auto problem = problem_of(points[i], outcome, answer);
    // A lie says more than a time-out before it.
    if (test.problem.empty() || (answer.lies && !test.lies)) test.problem = problem;
    test.lies |= answer.lies;
    test.lists_all |= !answer.listings.empty() && !points[i].listed;
    test.points.push_back({points[i].label, answer_text(outcome)});
  }
  test.passed = test.problem.empty();
  return test;
}

PointLookups PointLookups::start(Resolver& dns, const policy::List& list) {
  PointLookups started;
  for (const auto& point : test_points(list))
    started.lookups_.push_back(
        dns.query_for(point.name, RecordType::a, Asker{.lane = Lane::ours, .client = {}}));
  return started;
}

SelfTest PointLookups::result(const policy::List& list) const {
  std::vector<const Outcome*> outcomes;
  for (const auto& lookup : lookups_) outcomes.push_back(lookup.peek());
  return judge_points(list, outcomes);
}

policy::TextList texts_of(const std::vector<PointAnswer>& points) {
  policy::TextList out;
  for (const auto& point : points) out.push_back(point.label + ": " + point.answer);
  return out;
}

SelfTest ask_points(const policy::List& list, Answers& answers) {
  std::vector<const Outcome*> outcomes;
  for (const auto& point : test_points(list)) outcomes.push_back(answers.of_ours(point.name, RecordType::a));
  return judge_points(list, outcomes);
}

}  // namespace milter
