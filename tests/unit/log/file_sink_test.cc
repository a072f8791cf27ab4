// The file: one line a record, moved, full, or torn.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "milter/log/line_sink.h"
#include "milter/log/sink.h"
#include "policy/record/read.h"
#include "records.h"

namespace milter {
namespace {

using policy::Detail;
using test::acceptance;
using test::Folder;
using test::lines_of;
using test::rejection;

TEST(FileSink, WritesOneLineARecordThatReadsBack) {
  const Folder folder;
  const auto path = folder.path / "log";
  const auto sink = file_sink(path, Detail::facts);
  sink->write(rejection());
  sink->write(rejection("1NGBT0000002"));
  const auto lines = lines_of(path);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(policy::record_from_json(lines[1])->ref, "1NGBT0000002");
  EXPECT_EQ(sink->lost(), 0U);
}

TEST(FileSink, IsNotForEverybodyToRead) {
  const Folder folder;
  const auto before = umask(0);
  const auto sink = file_sink(folder.path / "log", Detail::facts);
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat((folder.path / "log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST(FileSink, AppendsToWhatIsThere) {
  const Folder folder;
  const auto path = folder.path / "log";
  file_sink(path, Detail::facts)->write(rejection());
  file_sink(path, Detail::facts)->write(rejection());
  EXPECT_EQ(lines_of(path).size(), 2U);
}

TEST(FileSink, ReopensAfterTheFileWasMoved) {
  const Folder folder;
  const auto path = folder.path / "log";
  const auto sink = file_sink(path, Detail::facts);
  sink->write(rejection());
  std::filesystem::rename(path, folder.path / "log.1");
  sink->write(rejection());
  sink->reopen();
  sink->write(rejection());
  EXPECT_EQ(lines_of(folder.path / "log.1").size(), 2U);
  EXPECT_EQ(lines_of(path).size(), 1U);
}

TEST(FileSink, FullDiskIsCountedAndSaidOnce) {
  testing::internal::CaptureStderr();
  const auto sink = file_sink("/dev/full", Detail::facts);
  for (int i = 0; i < 3; ++i) sink->write(rejection());
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(sink->lost(), 3U);
  EXPECT_EQ(said,
            "fivefifty: cannot write the log /dev/full: No space left on device; mail goes on, records are "
            "lost\n");
}

TEST(FileSink, EndOfASpellIsSaidWithItsLosses) {
  const Folder folder;
  testing::internal::CaptureStderr();
  const auto path = folder.path / "later" / "log";
  const auto sink = file_sink(path, Detail::facts);
  sink->write(rejection());
  sink->write(rejection());
  std::filesystem::create_directory(folder.path / "later");
  sink->write(rejection());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("is written again; 2 records were lost"));
  EXPECT_EQ(lines_of(path).size(), 1U);
  EXPECT_EQ(sink->lost(), 2U);
}

// The largest file that this process may write stands in for a disk that is nearly full.
class FileLimit {
 public:
  explicit FileLimit(rlim_t octets) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{octets, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(FileSink, AfterATornLineTheNextRecordBeginsOnANewOne) {
  const Folder folder;
  const auto path = folder.path / "log";
  const auto sink = file_sink(path, Detail::facts);
  {
    const FileLimit limit(100);
    sink->write(rejection("1NGBT0000001"));
  }
  sink->write(rejection("1NGBT0000002"));
  const auto lines = lines_of(path);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), 100U);
  EXPECT_TRUE(policy::record_from_json(lines[1]));
  EXPECT_EQ(sink->lost(), 1U);
}

TEST(FileSink, LinesOfManyThreadsDoNotMix) {
  const Folder folder;
  const auto path = folder.path / "log";
  const auto sink = file_sink(path, Detail::facts);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n) sink->write(rejection());
      });
  }
  const auto lines = lines_of(path);
  EXPECT_EQ(lines.size(), 200U);
  for (const auto& line : lines) EXPECT_TRUE(policy::record_from_json(line));
}

TEST(StreamSink, ReaderThatDoesNotReadLosesRecordsAndHoldsNobodyUp) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  testing::internal::CaptureStderr();
  const auto sink = stream_sink(ends[1], Detail::facts);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 300 && sink->lost() < 3; ++i) sink->write(rejection());
  EXPECT_GE(sink->lost(), 3U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("cannot write the log on stdout"));
  close(ends[0]);
  close(ends[1]);
}

TEST(Accepts, AreWrittenInFullBrieflyOrNotAtAll) {
  const Folder folder;
  auto record = acceptance();
  record.observed.facts.put("helo", policy::Fields{{"name", std::string("mail.example.org")}});
  for (const auto& [detail, count] : {std::pair(Detail::facts, 1U), std::pair(Detail::none, 0U)}) {
    const auto path = folder.path / std::to_string(count);
    LogSinks sinks(detail);
    sinks.add(file_sink(path, detail));
    sinks.write(record);
    EXPECT_EQ(lines_of(path).size(), count);
    sinks.write(rejection());
    EXPECT_EQ(lines_of(path).size(), count + 1) << "refusals are always written";
  }
}

}  // namespace
}  // namespace milter
