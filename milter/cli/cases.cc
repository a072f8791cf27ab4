#include "milter/cli/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "policy/load/case_keys.h"
#include "policy/nearest.h"

namespace milter {
namespace {

using policy::Findings;
using policy::YamlMapping;
using policy::YamlValue;

constexpr auto kFileKeys = policy::names(policy::kCaseFileKeys);
constexpr auto kTestKeys = policy::names(policy::kPolicyTestKeys);
constexpr auto kSessionKeys = policy::names(policy::kSessionKeys);
constexpr auto kExpectKeys = policy::names(policy::kExpectKeys);
constexpr std::string_view kEvents[]{"reject", "defer", "would-reject", "would-defer"};
constexpr std::string_view kMoments[]{"rcpt", "message"};

// Scalars, and lists of them, as policy::to_text prints values.
std::string flat(const YamlValue& value) {
  if (value.flag()) return *value.flag() ? "yes" : "no";
  if (!value.is_list()) return value.text();
  std::string out;
  for (const auto& item : value.items()) out += (out.empty() ? "" : ", ") + item.text();
  return out;
}

policy::TextList texts_of(const YamlValue& value) {
  policy::TextList list;
  for (const auto& item : value.items()) list.push_back(item.text());
  return list;
}

// {unavailable: WHY}, or what it may be: {has: [...], may: [...]}, {may: [...]} of a word, {at_least: N, at_most: N}.
policy::Value unknown_value(const YamlValue& value) {
  using policy::InPart;
  InPart part{.why = {"not answered"}};
  for (const auto& [key, given] : value.entries()) {
    if (key.text() == "unavailable") return policy::Unavailable{given.text()};
    if (key.text() == "has") part.has = texts_of(given), part.of = InPart::Of::list;
    if (key.text() == "may") part.may = texts_of(given);
    if (key.text() == "anything") part.anything = given.flag().value_or(false);
    if (key.text() == "unasked") part.unasked = texts_of(given);
    if (key.text() == "why") part.why.reason = given.text();
    if (key.text() == "at_least" || key.text() == "at_most") part.of = InPart::Of::number;
    if (key.text() == "at_least") part.at_least = given.number().value_or(0);
    if (key.text() == "at_most") part.at_most = given.number().value_or(0);
  }
  return part;
}

policy::Value fact_value(const YamlValue& value) {
  if (const auto flag = value.flag()) return *flag;
  if (const auto number = value.number()) return *number;
  if (!value.entries().empty()) return unknown_value(value);
  return value.is_list() ? policy::Value(texts_of(value)) : policy::Value(value.text());
}

// What the test does not give of a group that is unavailable.
void add_unknown(std::string_view group, const policy::Unavailable& why, policy::Fields& known) {
  for (const auto& check : schema().checks()) {
    if (check.group != group) continue;
    for (const auto& field : check.fields)
      if (std::none_of(known.begin(), known.end(),
                       [&](const auto& given) { return given.first == field.name; }))
        known.emplace_back(std::string(field.name), why);
  }
}

policy::FactSet read_facts(const YamlValue& from, Findings& findings) {
  policy::FactSet out;
  for (const auto& [group, fields] : from.entries()) {
    if (!schema().has_group(group.text()))
      findings.error(group.at(), "there is no group of facts " + group.text());
    policy::Fields known;
    std::optional<std::string> unavailable;
    for (const auto& [field, value] : fields.entries()) {
      if (field.text() == "unavailable")
        unavailable = value.text();
      else
        known.emplace_back(field.text(), fact_value(value));
      if (field.text() != "unavailable" && !schema().find(group.text() + "." + field.text()).field)
        findings.error(field.at(), fmt::format("there is no fact {}.{}", group.text(), field.text()),
                       policy::nearest(group.text() + "." + field.text(), schema().paths()));
    }
    if (unavailable) add_unknown(group.text(), {*unavailable}, known);
    out.put(group.text(), std::move(known));
  }
  return out;
}

// "2026-11-24T12:00:00Z"
std::optional<std::int64_t> read_time(const YamlMapping& from, Findings& findings) {
  const auto text = from.text("time");
  if (!text) return std::nullopt;
  std::tm time{};
  const char* end = strptime(text->c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  if (!end || *end) {
    findings.error(from.place_of("time"), "expected a time like 2026-11-24T12:00:00Z, read " + *text);
    return std::nullopt;
  }
  return static_cast<std::int64_t>(timegm(&time)) * 1000;
}

std::optional<Script> read_session(const YamlValue& value, TestCase& test, Findings& findings) {
  const YamlMapping from(value, "a session", kSessionKeys, findings);
  if (!from.require({"ip", "rcpt"})) return std::nullopt;
  Script script;
  const auto ip = from.text("ip").value_or("");
  if (const auto address = policy::Address::parse(ip))
    script.client = *address;
  else
    findings.error(from.place_of("ip"), "expected an address, read " + ip);
  script.name = from.text("name").value_or("");
  script.helo = from.text("helo").value_or("");
  script.user = from.text("auth").value_or("");
  script.from = from.text("from").value_or("");
  if (const auto rcpt = from.find("rcpt"); rcpt && rcpt->is_scalar())
    script.rcpt = {rcpt->text()};
  else
    script.rcpt = from.texts("rcpt", "recipients");
  script.message = from.text("message");
  test.unix_millis = read_time(from, findings);
  return script;
}

Expectation read_expectation(const YamlValue& value, Findings& findings) {
  const YamlMapping from(value, "expect", kExpectKeys, findings);
  Expectation out;
  out.at = value.at();
  if (from.has("accept")) out.event = "accept";
  for (const auto event : kEvents) {
    const auto reason = from.text(event);
    if (!reason) continue;
    out.event = event;
    out.reason = *reason;
  }
  out.rule = from.text("rule");
  out.code = from.number("code");
  out.enhanced = from.text("enhanced");
  if (const auto text = from.find("text"); text && text->is_scalar())
    out.texts = {text->text()};
  else
    out.texts = from.texts("text", "pieces of the reply");
  if (const auto facts = from.find("facts"))
    for (const auto& [path, fact] : facts->entries()) out.facts.emplace_back(path.text(), flat(fact));
  out.unavailable = from.texts("unavailable", "facts");
  return out;
}

// The test's zone over the file's: an entry of the same name is replaced.
std::string merged(const std::string& base, const std::optional<YamlValue>& own) {
  if (!own) return base;
  YAML::Node out = YAML::Load(base);
  for (const auto& [name, entry] : own->entries()) out[name.text()] = YAML::Load(entry.yaml());
  YAML::Emitter emitter;
  emitter << out;
  return emitter.c_str();
}

}  // namespace

std::optional<TestCase> read_case(const YamlValue& item, const std::string& zone, Findings& findings) {
  const YamlMapping from(item, "a test", kTestKeys, findings);
  if (!from.require({"name", "expect"})) return std::nullopt;
  TestCase test;
  test.name = from.text("name").value_or("");
  test.at = item.at();
  test.zone = merged(zone, from.find("zone"));
  if (from.word("at", kMoments) == "message") test.moment = policy::Stage::message;
  if (const auto session = from.find("session")) test.script = read_session(*session, test, findings);
  if (const auto facts = from.find("facts")) test.facts = read_facts(*facts, findings);
  if (from.has("session") == from.has("facts"))
    findings.error(item.at(), "expected either a session or facts in test " + test.name);
  const auto expect = *from.find("expect");
  if (expect.is_list())
    for (const auto& one : expect.items()) test.expect.push_back(read_expectation(one, findings));
  else
    test.expect.push_back(read_expectation(expect, findings));
  if (!test.script && !test.facts) return std::nullopt;
  return test;
}

policy::Loaded<CaseFile> load_cases(const policy::Source& source) {
  Findings findings(source.file);
  const auto root = policy::parse_yaml(source, findings);
  if (!root) return {std::nullopt, findings.by_place()};
  const YamlMapping from(*root, "a file of test cases", kFileKeys, findings);
  CaseFile out;
  if (const auto policy = from.find("policy")) {
    if (policy->is_mapping())
      out.policy_text = policy->yaml();
    else
      out.policy_path = (std::filesystem::path(source.file).parent_path() / policy->text()).string();
  }
  const auto zone = from.find("zone");
  for (const auto& item : from.list("tests", "tests"))
    if (auto test = read_case(item, zone ? zone->yaml() : "{}", findings))
      out.tests.push_back(std::move(*test));
  if (findings.has_errors()) return {std::nullopt, findings.by_place()};
  return {std::move(out), findings.by_place()};
}

}  // namespace milter
