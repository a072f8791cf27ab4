// Logs as they lie on disk: plain, gzip, zstd, cut off, hostile.
#include "milter/cli/logs/log_reader.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "milter/checks/check.h"
#include "milter/cli/logs/replay_log.h"
#include "tests/unit/explain/world.h"

namespace milter {
namespace {

class Logs : public testing::Test {
 protected:
  Logs() : folder_(std::filesystem::path(testing::TempDir()) / "fivefifty-logs") {
    std::filesystem::create_directories(folder_);
  }
  ~Logs() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& octets) {
    const auto path = (folder_ / "log").string();
    std::ofstream(path, std::ios::binary) << octets;
    return path;
  }

 private:
  std::filesystem::path folder_;
};

std::string gzip(const std::string& text) {
  const auto path = (std::filesystem::path(testing::TempDir()) / "fivefifty.gz").string();
  const gzFile file = gzopen(path.c_str(), "wb1");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  std::ifstream in(path, std::ios::binary);
  std::string out{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove(path);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

struct ReadLog {
  std::vector<std::string> lines;
  std::vector<std::uint64_t> numbers;
  std::string error;
};

ReadLog read_all(const std::string& path) {
  ReadLog out;
  auto reader = LogReader::open(path);
  if (!reader) return {{}, {}, reader.error()};
  while (true) {
    const auto block = reader->next();
    if (!block) out.error = block.error();
    if (!block || block->text.empty()) return out;
    each_line(*block, [&](std::string_view line, std::uint64_t number) {
      out.lines.emplace_back(line);
      out.numbers.push_back(number);
    });
  }
}

// Long enough for several blocks, and no line ends where a block does.
std::string many_lines(std::vector<std::string>& lines) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) {
    lines.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'x'));
    text += lines.back() + '\n';
  }
  return text;
}

TEST_F(Logs, LinesAreWholeInEveryKindOfFile) {
  std::vector<std::string> lines;
  const auto text = many_lines(lines);
  ASSERT_GT(text.size(), 2 * kLogBlock - kLogBlock / 2);
  const auto half = text.find('\n', text.size() / 2) + 1;
  for (const auto& octets :
       {text, gzip(text), zstd(text), gzip(text.substr(0, half)) + gzip(text.substr(half)),
        zstd(text.substr(0, half)) + zstd(text.substr(half))}) {
    const auto read = read_all(write(octets));
    EXPECT_EQ(read.error, "");
    EXPECT_TRUE(read.lines == lines);
    EXPECT_EQ(read.numbers.back(), lines.size());
  }
}

TEST_F(Logs, TheLastLineMayLackItsEndAndEmptyOnesAreCounted) {
  const auto read = read_all(write("one\n\n\nfour"));
  EXPECT_EQ(read.lines, (std::vector<std::string>{"one", "four"}));
  EXPECT_EQ(read.numbers, (std::vector<std::uint64_t>{1, 4}));
  EXPECT_TRUE(read_all(write("")).lines.empty());
}

TEST_F(Logs, ALineOfTheBoundIsWholeALongerOneIsCut) {
  for (const std::size_t more : {0U, 1U, 1U << 20U}) {
    const auto read = read_all(write("before\n" + std::string(kLongestLogLine + more, 'x') + "\nafter\n"));
    ASSERT_EQ(read.lines.size(), 3U) << more;
    EXPECT_EQ(read.lines[1].size(), kLongestLogLine);
    EXPECT_EQ(read.lines[2], "after");
    EXPECT_EQ(read.numbers[2], 3U);
  }
}

TEST_F(Logs, WhatCannotBeReadIsSaid) {
  EXPECT_NE(read_all("/nowhere/log").error.find("No such file"), std::string::npos);
  EXPECT_NE(read_all(testing::TempDir()).error.find("Is a directory"), std::string::npos);
  std::vector<std::string> lines;
  const auto text = many_lines(lines);
  EXPECT_NE(read_all(write(zstd(text).substr(0, 3000))).error, "");
  EXPECT_NE(read_all(write(gzip(text).substr(0, 3000))).error, "");
  auto broken = gzip(text);
  broken[broken.size() / 2] = static_cast<char>(broken[broken.size() / 2] ^ 0x55);
  EXPECT_NE(read_all(write(broken)).error, "");
}

TEST(Reference, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(normal_reference("ref=7k2m9qxa"), "7K2M9QXA");
  EXPECT_EQ(normal_reference("oil"), "011");
}

std::string line_with(const std::string& ref) {
  static const auto kRecord = decided(load(), clean());
  auto record = kRecord;
  record.ref = ref;
  record.mail_from = "about-" + ref + "@example.org";  // the reference elsewhere is no hit by itself
  return policy::to_json(record) + '\n';
}

TEST_F(Logs, ARecordIsFoundByItsReference) {
  auto other = decided(load(), clean());
  other.mail_from = "0000WANTED@example.org";
  std::string text;
  for (int i = 0; i < 2000; ++i) text += line_with("X" + std::to_string(i));
  text += policy::to_json(other) + "\n{\"ref\":\"0000WANTED\" and no record\n" + line_with("0000WANTED");
  for (const auto& octets : {text, gzip(text), zstd(text)}) {
    const auto found = find_records({write(octets)}, "ref=oooowanted");
    ASSERT_TRUE(found) << found.error();
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().ref, "0000WANTED");
  }
  EXPECT_TRUE(find_records({write(text)}, "0000MISSING")->empty());
  EXPECT_TRUE(find_records({write(text)}, "")->empty());
  EXPECT_FALSE(find_records({"/nowhere/log"}, "0000WANTED"));
}

TEST_F(Logs, OnlySoManyRecordsOfOneReferenceAreFound) {
  for (const auto count : {kMostFound, kMostFound + 1}) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += line_with("7K2M9QXA");
    EXPECT_EQ(find_records({write(text)}, "7K2M9QXA")->size(), kMostFound);
  }
}

TEST_F(Logs, AreReplayedAlikeByAnyNumberOfThreads) {
  const auto policy = load();
  std::string text;
  for (int i = 0; i < 3000; ++i) text += line_with("X" + std::to_string(i));
  text += "no record\n";
  const auto path = write(text);
  for (const unsigned threads : {1U, 2U, 7U}) {
    const auto tally = replay_logs({.logs = {path, path}, .threads = threads}, policy, schema());
    ASSERT_TRUE(tally) << tally.error();
    EXPECT_EQ(tally->counts()[policy::Change::same], 6000U);
    EXPECT_EQ(tally->unreadable(), 2U);
    EXPECT_EQ(tally->first_unreadable().substr(0, path.size() + 6), path + ":3001:");
  }
  EXPECT_EQ(replay_logs({.logs = {path}, .sample = 10}, policy, schema())->decided(), 300U);
}

}  // namespace
}  // namespace milter
