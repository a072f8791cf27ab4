// dkimpy beside us over the whole table. Where it comes to another end, the case says who is right and by
// which paragraph; an unlisted disagreement fails, and so does a listed one that is none.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/dkim/cases.h"
#include "tests/unit/dkim/verifying.h"

namespace milter::test {
namespace {

std::string base64(const std::string& text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                      reinterpret_cast<const unsigned char*>(text.data()),
                                                      static_cast<int>(text.size()))));
  return out;
}

// What the MTA would have handed to dkimpy: CRLF line ends. It adds a missing final CRLF itself.
std::string as_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' && !out.ends_with('\r')) out += '\r';
    out += c;
  }
  return out;
}

std::string question(const Case& one) {
  return nlohmann::json{
      {"message", base64(as_crlf(wire_text(mail_of(one))))}, {"records", records_of(one)}, {"now", kNow}}
      .dump();
}

// One answer a case.
std::vector<std::string> ask_dkimpy(const std::vector<Case>& cases) {
  const auto file = std::filesystem::path(testing::TempDir()) / "dkimpy_cases.jsonl";
  {
    std::ofstream out(file);
    for (const auto& one : cases) out << question(one) << "\n";
  }
  const std::string command =
      std::string(TEST_PYTHON " " TEST_SOURCE_DIR "/tests/unit/dkim/dkimpy.py < ") + file.string();
  const std::unique_ptr<FILE, decltype(&pclose)> pipe(popen(command.c_str(), "r"), pclose);
  std::vector<std::string> answers(1);
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    if (c == '\n')
      answers.emplace_back();
    else
      answers.back() += static_cast<char>(c);
  }
  answers.pop_back();
  std::filesystem::remove(file);
  return answers;
}

TEST(Dkimpy, AgreesButWhereTheTableSaysWhoIsRight) {
  const auto cases = all_cases();
  const auto answers = ask_dkimpy(cases);
  ASSERT_EQ(answers.size(), cases.size()) << "is python3-dkim installed?";
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const bool ours = cases[i].expected.starts_with("pass");
    const bool theirs = answers[i] == "pass";
    EXPECT_EQ(ours != theirs, !cases[i].dkimpy.empty())
        << cases[i].name << "\n  we: " << cases[i].expected << "\n  dkimpy: " << answers[i];
  }
}

}  // namespace
}  // namespace milter::test
