// Test cases in YAML: for our own checks and for an administrator's policy. The format:
//
//   version: 1
//   policy: {...} | PATH          # default: the built-in policy
//   zone: {...}                   # the DNS world of all tests
//   tests:
//     - name: what is promised
//       zone: {...}               # merged over the file's, name by name
//       session: {ip, name, helo, from, rcpt: [...], auth, message, time}
//       facts: {GROUP: {FIELD: VALUE} | {unavailable: WHY}}   # instead of a session; with at: rcpt | message
//       expect: {accept: true} | {reject: ID} | {defer: ID} | {would-reject: ID} | {would-defer: ID}
//               and any of rule, code, enhanced, text, facts, unavailable; or a list, one a record
//
// In tests of facts, what a check tells without asking the world (client, helo, clock …) may be left out:
// flags are false then, texts empty.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "milter/cli/rehearsal.h"
#include "policy/diagnostic.h"
#include "policy/load/yaml_reader.h"

namespace milter {

struct Expectation {
  std::string event;  // "accept", "reject" …; "" is any
  std::string reason;
  std::optional<std::string> rule, enhanced;
  std::optional<std::int64_t> code;
  std::vector<std::string> texts;                          // each occurs in the reply
  std::vector<std::pair<std::string, std::string>> facts;  // path, value as policy::to_text prints it
  std::vector<std::string> unavailable;                    // groups or paths
  policy::Place at;
};

struct TestCase {
  std::string name;
  policy::Place at;
  std::string zone;                      // YAML: the file's and its own, merged
  std::optional<Script> script;          // a session, or
  std::optional<policy::FactSet> facts;  // facts
  policy::Stage moment = policy::Stage::rcpt;
  std::optional<std::int64_t> unix_millis;  // the session's time
  std::vector<Expectation> expect;          // one: of the decisive record; several: one a record
};

struct CaseFile {
  std::optional<std::string> policy_text;  // inline
  std::string policy_path;                 // "" with no text: the built-in one
  std::vector<TestCase> tests;
};

policy::Loaded<CaseFile> load_cases(const policy::Source& source);

// One test written inside a policy file.
std::optional<TestCase> read_case(const policy::YamlValue& item, const std::string& zone,
                                  policy::Findings& findings);

}  // namespace milter
