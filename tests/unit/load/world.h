// A schema and a catalogue for tests of the loader, so that they need no check: the facts that every policy
// may rely on, and the reasons of the usual rules.
#pragma once
#include "policy/load/policy.h"

namespace policy {

const Schema& test_schema();
const Catalogue& test_catalogue();

inline constexpr std::int64_t kTestNow = 1795521600;  // 2026-11-24T12:00:00Z

// The text as a policy named "policy.yaml".
Loaded<Policy> load_text(std::string_view text, std::int64_t now = kTestNow);

}  // namespace policy
