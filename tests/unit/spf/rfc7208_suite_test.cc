// The test suite of openspf.org for RFC 7208 (release 2014.04), read from where the build was told to look.
// It is not part of the project; without it this test fails.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "milter/dns/zone.h"
#include "tests/unit/spf/world.h"

namespace milter {
namespace {

constexpr int kCases = 203;

std::string joined(const YAML::Node& strings) {
  if (strings.IsScalar()) return strings.as<std::string>();
  std::string text;
  for (const auto& string : strings) text += string.as<std::string>();
  return text;
}

// The records of one name. The suite writes type SPF for what is to be found as TXT, unless TXT is given too;
// "TXT: NONE" gives none; TIMEOUT is every type that is not listed.
class NameData {
 public:
  explicit NameData(const YAML::Node& entries) {
    for (const auto& entry : entries) {
      if (entry.IsScalar())
        timeout_ = true;
      else
        for (const auto& pair : entry) add(pair.first.as<std::string>(), pair.second);
    }
    if (!texts_given_) records_[RecordType::txt].texts = spf_;
  }

  void put_into(ScriptedZone& zone, const std::string& name) {
    if (!alias_.empty()) zone.put_alias(name, alias_);
    for (const auto type :
         {RecordType::a, RecordType::aaaa, RecordType::mx, RecordType::ptr, RecordType::txt}) {
      auto& records = records_[type];
      const bool found = !(records.addresses.empty() && records.names.empty() && records.texts.empty() &&
                           records.exchangers.empty());
      records.kind = found ? Records::Kind::found : Records::Kind::no_data;
      if (found)
        zone.put(name, type, records);
      else if (timeout_)
        zone.put(name, type, Trouble::Kind::timeout);
      else if (alias_.empty())
        zone.put(name, type, records);
    }
  }

 private:
  void add(const std::string& type, const YAML::Node& value) {
    if (type == "SPF") spf_.push_back(joined(value));
    if (type == "TXT") {
      texts_given_ = true;
      if (!value.IsScalar() || value.Scalar() != "NONE")
        records_[RecordType::txt].texts.push_back(joined(value));
    }
    if (type == "A") records_[RecordType::a].addresses.push_back(*policy::Address::parse(value.Scalar()));
    if (type == "AAAA")
      records_[RecordType::aaaa].addresses.push_back(*policy::Address::parse(value.Scalar()));
    if (type == "PTR") records_[RecordType::ptr].names.push_back(name(value));
    if (type == "MX")
      records_[RecordType::mx].exchangers.push_back(
          {static_cast<std::uint16_t>(value[0].as<int>()), name(value[1])});
    if (type == "CNAME") alias_ = value.Scalar();
  }

  static std::string name(const YAML::Node& value) {
    auto text = value.Scalar();
    if (text.ends_with('.')) text.pop_back();
    return text;
  }

  std::map<RecordType, Records> records_;
  std::vector<std::string> spf_;
  std::string alias_;
  bool texts_given_ = false;
  bool timeout_ = false;
};

std::vector<std::string> results_of(const YAML::Node& result) {
  if (result.IsScalar()) return {result.Scalar()};
  return result.as<std::vector<std::string>>();
}

void run_case(const std::string& name, const YAML::Node& test, ScriptedZone& zone) {
  SCOPED_TRACE(name);
  const SpfQuestion question{.client = *policy::Address::parse(test["host"].Scalar()),
                             .helo = test["helo"].Scalar(),
                             .sender = test["mailfrom"].Scalar(),
                             .receiver = "receiver.example.net"};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto result = check_mail_from(question, zone, deadline, {.explanation = true});
  const auto wanted = results_of(test["result"]);
  EXPECT_NE(std::find(wanted.begin(), wanted.end(), to_text(result.word)), wanted.end())
      << "got " << to_text(result.word) << ", wanted " << wanted.front() << "; problem: " << result.problem;
  if (!test["explanation"]) return;
  const auto explanation = test["explanation"].Scalar();
  EXPECT_EQ(result.explanation, explanation == "DEFAULT" ? "" : explanation);
}

TEST(Rfc7208Suite, EveryResultAndExplanationIsAsTheSuiteSays) {
  const std::string path = TEST_DATA_DIR "/spf/rfc7208-tests.yml";
  ASSERT_TRUE(std::ifstream(path).good())
      << path << " is missing: get rfc7208-tests.yml of openspf.org, set FIVEFIFTY_TEST_DATA";
  int cases = 0;
  for (const auto& scenario : YAML::LoadAllFromFile(path)) {
    ScriptedZone zone;
    for (const auto& pair : scenario["zonedata"])
      NameData(pair.second).put_into(zone, pair.first.as<std::string>());
    for (const auto& pair : scenario["tests"]) {
      run_case(fmt::format("{}: {}", scenario["description"].Scalar(), pair.first.Scalar()), pair.second,
               zone);
      ++cases;
    }
  }
  EXPECT_EQ(cases, kCases);
}

}  // namespace
}  // namespace milter
