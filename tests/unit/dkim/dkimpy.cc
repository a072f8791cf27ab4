#include "tests/unit/dkim/dkimpy.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/unit/dkim/verifying.h"

namespace milter::test {
namespace {

// What the MTA would have handed to dkimpy: CRLF line ends. It adds a missing final CRLF itself.
std::string as_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' && !out.ends_with('\r')) out += '\r';
    out += c;
  }
  return out;
}

// Octets of any kind as JSON: surrogates for those that are no UTF-8 would do, base64 is simpler.
std::string line_of(const DkimpyQuestion& question) {
  nlohmann::json records = nlohmann::json::array();
  for (const auto& record : question.records) records.push_back(base64(record));
  return nlohmann::json{
      {"message", base64(as_crlf(wire_text(question.mail)))}, {"records", records}, {"now", kNow}}
      .dump();
}

std::vector<std::string> lines_of(const std::string& command) {
  const std::unique_ptr<FILE, decltype(&pclose)> pipe(popen(command.c_str(), "r"), pclose);
  std::vector<std::string> out(1);
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    if (c == '\n')
      out.emplace_back();
    else
      out.back() += static_cast<char>(c);
  }
  out.pop_back();
  return out;
}

}  // namespace

std::vector<std::string> ask_dkimpy(const std::vector<DkimpyQuestion>& questions) {
  const auto file =
      std::filesystem::temp_directory_path() / ("dkimpy." + std::to_string(getpid()) + ".jsonl");
  {
    std::ofstream out(file);
    for (const auto& question : questions) out << line_of(question) << "\n";
  }
  auto answers = lines_of(TEST_PYTHON " " TEST_SOURCE_DIR "/tests/unit/dkim/dkimpy.py < " + file.string());
  std::filesystem::remove(file);
  return answers;
}

}  // namespace milter::test
