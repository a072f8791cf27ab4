// derive() is monotone (policy/derive.h): an observation replaced by one of the ways of not knowing gives, in each
// derived field, a set that contains the value it had.
//   derive_property [COUNT]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "policy/derive.h"

namespace {

using namespace policy;

constexpr int kRounds = 20'000;  // in ctest; long runs are given a COUNT
const Host kHost{"mx.example.net"};

std::mt19937 rng{20261128};
int roll(int n) { return std::uniform_int_distribution<int>{0, n - 1}(rng); }

std::string code(int last) { return fmt::format("127.0.0.{}", last); }

List any_list(int number) {
  List list{.id = fmt::format("l{}", number), .zone = fmt::format("l{}.example", number)};
  list.of = roll(4) ? ListOf::client_ip : ListOf::from_domain;
  list.allow = roll(3) == 0;
  for (int first = 2, n = 1 + roll(3); n > 0; --n, first += 3) {
    const auto low = *Address::parse(code(first)), high = *Address::parse(code(first + roll(3)));
    list.codes.push_back({low, high, "m", list.allow ? 0 : roll(4)});
  }
  if (roll(8) == 0) list.force = roll(2) ? Force::on : Force::off;
  return list;
}

ListAsked any_answer(const List& list) {
  ListAsked asked{
      .list = list.id, .zone = zone_hash(list.zone, kHost), .of = list.of, .subject = "192.0.2.1"};
  for (int n = roll(4); n > 0; --n) asked.addresses.push_back(code(2 + roll(10)));
  return asked;
}

// Every way in which an answer can be taken away. False: it was never asked for.
bool take_away(ListAsked& asked) {
  switch (roll(6)) {
    case 0:
      return false;
    case 1:
      asked.doubt = "test point 127.0.0.2: SERVFAIL";
      return true;
    case 2:
      asked.addresses = {"127.255.255.254"};
      return true;
    case 3:
      asked.addresses = {"198.51.100.7"};
      return true;
    default:
      asked.addresses.clear();
      asked.trouble = roll(2) ? "time-out" : "SERVFAIL";
      asked.owner = static_cast<Owner>(roll(3));
      return true;
  }
}

bool in(const TextList& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// What a list that nobody asked may yet bring: its id, or a code of it.
bool of_unasked(const InPart& part, const std::string& text) {
  return in(part.unasked, text.substr(0, text.find('=')));
}

bool contains(const InPart& part, const TextList& list) {
  const auto has =
      std::all_of(part.has.begin(), part.has.end(), [&](const auto& one) { return in(list, one); });
  return has && std::all_of(list.begin(), list.end(), [&](const std::string& one) {
           return part.anything || in(part.has, one) || in(part.may, one) || of_unasked(part, one);
         });
}

bool contains(const Value& set, const Value& value) {
  if (is_known(set)) return set == value;
  const auto* part = std::get_if<InPart>(&set);
  if (!part) return true;
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return part->at_least <= *number && *number <= part->at_most;
  if (const auto* list = std::get_if<TextList>(&value)) return contains(*part, *list);
  return false;
}

// Fields that only explain say what is known, not what may be.
constexpr std::array kJudged{"listed", "weight", "codes", "allowed"};

int failures(const FactSet& known, const FactSet& less) {
  int count = 0;
  for (const auto* group : {"dnsbl", "dnsbl_from"})
    for (const auto* field : kJudged) {
      const auto path = fmt::format("{}.{}", group, field);
      const auto *value = known.value(path), *set = less.value(path);
      if (!value || !set || !is_known(*value)) continue;
      const bool holds = contains(*set, *value);
      if (!holds) fmt::print("{}: {} is not in {}\n", path, to_text(*value), to_text(*set));
      count += !holds;
    }
  return count;
}

FactSet derived(const Policy& policy, std::vector<ListAsked> lists) {
  Observed observed;
  observed.lists = std::move(lists);
  derive(policy, kHost, observed);
  return observed.facts;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : kRounds;
  int failed = 0, taken = 0;
  for (int round = 0; round < rounds; ++round) {
    Policy policy;
    std::vector<ListAsked> all, less;
    for (int i = 0, n = 1 + roll(4); i < n; ++i) {
      policy.lists.push_back(any_list(i));
      all.push_back(any_answer(policy.lists.back()));
      auto one = all.back();
      const bool take = roll(2);
      if (!take || take_away(one)) less.push_back(std::move(one));
      taken += take;
    }
    std::shuffle(less.begin(), less.end(), rng);  // answers come in any order
    failed += failures(derived(policy, all), derived(policy, less));
  }
  fmt::print("{} worlds, {} answers taken away; {} failures\n", rounds, taken, failed);
  return failed == 0 && taken > rounds / 10 ? 0 : 1;
}
