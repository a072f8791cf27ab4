#include "milter/lists/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace milter {
namespace {

using Kind = Standing::Kind;

std::string surge_text(const policy::List& list, const HitRate& hits) {
  const auto* lists = list.allow ? "allows" : "lists";
  if (!hits.tripped())
    return fmt::format("list {}: {} as many as usual again ({})", list.id, lists, hits.text());
  return fmt::format(
      "list {}: {} far more than usual ({}): its test points are asked now, and it counts as long as they "
      "are right",
      list.id, lists, hits.text());
}

std::string change_text(const policy::List& list, const Standing& standing) {
  switch (standing.kind) {
    case Kind::believed:
      return fmt::format("list {}: counts", list.id);
    case Kind::untested:
    case Kind::failing:
    case Kind::disabled:
      return fmt::format("list {}: does not count: {}", list.id, standing.why);
    case Kind::off:
      return fmt::format("list {}: switched off by the policy", list.id);
  }
  return {};
}

constexpr auto kGivenUp =
    "has not counted for so long that rules do without it (lists_give_up): what would have been deferred for "
    "not "
    "knowing its answer is judged by the others";

std::optional<Standing> by_force(policy::Force force) {
  switch (force) {
    case policy::Force::none:
      return std::nullopt;
    case policy::Force::on:
      return Standing{Kind::believed, {}};
    case policy::Force::off:
      return Standing{Kind::off, {}};
  }
  return std::nullopt;
}

bool same_source(const policy::List& a, const policy::List& b) {
  return a.zone == b.zone && a.of == b.of && a.allow == b.allow;
}

}  // namespace

Standing standing_untested(const policy::List& list) {
  return by_force(list.force).value_or(Standing{Kind::untested, {}});
}

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::untested:
      return "untested";
    case Kind::believed:
      return "ok";
    case Kind::failing:
      return "failing";
    case Kind::disabled:
      return "disabled";
    case Kind::off:
      return "off";
  }
  return "?";
}

Standing ListHealth::Entry::standing(policy::Force force) const {
  if (const auto forced = by_force(force)) return *forced;
  switch (trust.state()) {
    case Trust::State::untested:
      return {trust.why().empty() ? Kind::untested : Kind::failing, trust.why()};
    case Trust::State::disabled:
      return {Kind::disabled, trust.why()};
    case Trust::State::trusted:
      break;
  }
  return {Kind::believed, {}};
}

void ListHealth::use(const std::vector<policy::List>& lists, std::chrono::seconds give_up) {
  const std::scoped_lock lock(mutex_);
  give_up_ = give_up;
  decltype(entries_) kept;
  order_.clear();
  for (const auto& list : lists) {
    order_.push_back(list.id);
    const auto old = entries_.find(list.id);
    auto& entry = kept[list.id];
    if (old != entries_.end() && same_source(old->second.list, list)) entry = std::move(old->second);
    entry.list = list;
  }
  entries_.swap(kept);
}

// A clock that was set back gives nothing up.
bool ListHealth::is_given_up(const Entry& entry, UnixMillis now) const {
  const auto since = entry.trust.doubted_since();
  return since != 0 && now - since >= give_up_.count();
}

Standing ListHealth::standing(const policy::List& list, UnixMillis now) const {
  const std::scoped_lock lock(mutex_);
  const auto it = entries_.find(list.id);
  if (it == entries_.end()) return standing_untested(list);
  auto standing = it->second.standing(list.force);
  if (standing.kind != Kind::failing && standing.kind != Kind::disabled) return standing;
  standing.given_up = is_given_up(it->second, now);
  standing.points = texts_of(it->second.points);
  return standing;
}

void ListHealth::change(const std::string& id, const std::function<void(Entry&)>& event) {
  std::vector<std::string> sentences;
  {
    const std::scoped_lock lock(mutex_);
    const auto it = entries_.find(id);
    if (it == entries_.end()) return;
    auto& entry = it->second;
    const auto before = entry.standing(entry.list.force);
    const bool surged = entry.hits.tripped();
    const auto was_disabled = entry.trust.state() == Trust::State::disabled;
    event(entry);
    const auto after = entry.standing(entry.list.force);
    if (!was_disabled && entry.trust.state() == Trust::State::disabled) ++entry.counts.times_disabled;
    if (before.kind != after.kind) sentences.push_back(change_text(entry.list, after));
    if (surged != entry.hits.tripped()) sentences.push_back(surge_text(entry.list, entry.hits));
    entry.ask_at_once |= !surged && entry.hits.tripped();
  }
  for (const auto& sentence : sentences)
    if (say_) say_(sentence);
}

void ListHealth::tested(const std::string& id, const SelfTest& test, UnixMillis now) {
  change(id, [&](Entry& entry) {
    entry.trust.tested(test, now);
    // A point that must not be listed, and hits out of all proportion: it is no accident.
    if (entry.hits.tripped() && test.lists_all) entry.trust.lied(test.problem, now);
    entry.last_test = now;
    entry.asked = 0;
    entry.points = test.points;
    ++entry.counts.tests;
    entry.counts.failed_tests += test.passed ? 0 : 1;
  });
  say_if_given_up(id, now);
}

void ListHealth::say_if_given_up(const std::string& id, UnixMillis now) {
  bool news = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto it = entries_.find(id);
    if (it == entries_.end()) return;
    const bool given_up = is_given_up(it->second, now);
    const bool said = std::exchange(it->second.said_given_up, given_up);
    news = given_up && !said;
  }
  if (news && say_) say_(fmt::format("list {}: {}", id, kGivenUp));
}

void ListHealth::report(const ListEvent& event, UnixMillis now) {
  switch (event.kind) {
    case ListEvent::Kind::answered:
      return observe(event.list, event.text, event.listed);
    case ListEvent::Kind::unanswered:
      return unanswered(event.list);
    case ListEvent::Kind::problem:
      return problem(event.list, event.text, event.lies, now);
  }
}

void ListHealth::observe(const std::string& id, std::string_view client, bool listed) {
  change(id, [&](Entry& entry) {
    entry.hits.observe(client, listed);
    ++entry.counts.asked;
    entry.counts.listed += listed ? 1 : 0;
  });
}

void ListHealth::unanswered(const std::string& id) {
  change(id, [](Entry& entry) { ++entry.counts.unanswered; });
}

void ListHealth::problem(const std::string& id, const std::string& sentence, bool lies, UnixMillis now) {
  change(id, [&](Entry& entry) {
    ++entry.counts.problems;
    if (lies) entry.trust.lied(sentence, now);
  });
}

std::vector<policy::List> ListHealth::due(UnixMillis now) {
  const std::scoped_lock lock(mutex_);
  std::vector<policy::List> out;
  for (const auto& id : order_) {
    auto& entry = entries_.at(id);
    // A clock that was set back makes nothing wait for a day that has been.
    const auto waiting = [now](UnixMillis from, UnixMillis until) { return from <= now && now < until; };
    if (entry.asked != 0 && waiting(entry.asked, entry.asked + kLongestTest)) continue;
    auto next = entry.trust.next_test(entry.last_test);
    if (entry.hits.tripped()) next = std::min(next, entry.last_test + kDoubtInterval);
    if (entry.last_test != 0 && !entry.ask_at_once && waiting(entry.last_test, next)) continue;
    entry.asked = now;
    entry.ask_at_once = false;
    out.push_back(entry.list);
  }
  return out;
}

std::vector<ListReport> ListHealth::report() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ListReport> out;
  for (const auto& id : order_) {
    const auto& entry = entries_.at(id);
    out.push_back({.id = id,
                   .name = entry.list.name,
                   .allow = entry.list.allow,
                   .force = entry.list.force,
                   .standing = entry.standing(entry.list.force),
                   .since = entry.trust.since(),
                   .last_test = entry.last_test,
                   .points = entry.points,
                   .hit_rate = entry.hits.text(),
                   .surging = entry.hits.tripped(),
                   .counts = entry.counts});
  }
  return out;
}

}  // namespace milter
