// Values that a fact could have had, chosen so that a condition turns. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "policy/fact.h"
#include "policy/rule.h"
#include "policy/schema.h"

namespace policy {

// Stands for any value that no test of the policy names.
inline constexpr std::string_view kSomethingElse = "(something else)";

// A value, and how one says it.
struct Candidate {
  Value value;
  std::string words;
};

// Those at which a test of this field may turn, the nearest to what it is now first; none for a field that the schema
// does not know.
std::vector<Candidate> candidates(const Condition& condition, const FactSet& facts, const Schema& schema);

// Texts that pass a test, one of each kind of thing it names.
std::vector<std::string> texts_passing(const Test& test);

}  // namespace policy
