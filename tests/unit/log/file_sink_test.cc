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

constexpr std::chrono::milliseconds kLong{60'000};

TEST(FileSink, WritesOneLineARecordThatReadsBack) {
  const Folder folder;
  const auto path = folder.path / "log";
  const auto sink = file_sink(path, Detail::facts);
  sink->write(rejection());
  sink->write(rejection("1NGBT0000002"));
  sink->close(kLong);
  const auto lines = lines_of(path);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(policy::record_from_json(lines[1])->ref, "1NGBT0000002");
  EXPECT_EQ(sink->lost(), 0U);
}

TEST(FileSink, IsNotForEverybodyToRead) {
  const Folder folder;
  const auto before = umask(0);
  const auto sink = file_sink(folder.path / "log", Detail::facts);
  sink->drain(kLong);  // it is opened by the sink's thread
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat((folder.path / "log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST(FileSink, AppendsToWhatIsThere) {
  const Folder folder;
  const auto path = folder.path / "log";
  for (int i = 0; i < 2; ++i) {
    const auto sink = file_sink(path, Detail::facts);
    sink->write(rejection());
    sink->close(kLong);
  }
  EXPECT_EQ(lines_of(path).size(), 2U);
}

TEST(FileSink, ReopensAfterTheFileWasMoved) {
  const Folder folder;
  const auto path = folder.path / "log";
  const auto sink = file_sink(path, Detail::facts);
  sink->write(rejection());
  sink->drain(kLong);
  std::filesystem::rename(path, folder.path / "log.1");
  sink->write(rejection());
  sink->reopen();
  sink->write(rejection());
  sink->close(kLong);
  EXPECT_EQ(lines_of(folder.path / "log.1").size(), 2U);
  EXPECT_EQ(lines_of(path).size(), 1U);
}

TEST(FileSink, FullDiskIsCountedAndSaidOnce) {
  testing::internal::CaptureStderr();
  const auto sink = file_sink("/dev/full", Detail::facts);
  for (int i = 0; i < 3; ++i) sink->write(rejection());
  sink->close(kLong);
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
  sink->drain(kLong);
  sink->write(rejection());
  sink->write(rejection());
  sink->drain(kLong);
  std::filesystem::create_directory(folder.path / "later");
  sink->write(rejection());
  sink->drain(kLong);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::AllOf(testing::StartsWith("fivefifty: cannot write the log"),
                             testing::HasSubstr("is written again; 2 records were lost")));
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
    sink->drain(kLong);
  }
  sink->write(rejection("1NGBT0000002"));
  sink->drain(kLong);
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
  sink->close(kLong);
  const auto lines = lines_of(path);
  EXPECT_EQ(lines.size(), 200U);
  for (const auto& line : lines) EXPECT_TRUE(policy::record_from_json(line));
}

// Of a healthy file: whoever calls about a reference finds it.
TEST(FileSink, ALineIsThereWhenWriteReturns) {
  const Folder folder;
  const auto path = folder.path / "log";
  const auto sink = file_sink(path, Detail::facts);
  sink->drain(kLong);
  std::size_t there = 0;
  for (std::size_t i = 1; i <= 20; ++i) {
    sink->write(rejection());
    there += lines_of(path).size() == i ? 1 : 0;
  }
  EXPECT_GT(there, 10U) << "a machine under load may have had other things to do now and then";
}

TEST(FileSink, APipeWithoutAReaderIsTroubleFromTheStart) {
  const Folder folder;
  const auto path = folder.path / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  testing::internal::CaptureStderr();
  const auto sink = file_sink(path, Detail::facts);
  EXPECT_TRUE(sink->drain(kLong)) << "it hangs";
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("No such device or address"));
}

// What takes lines, then none, then is gone: a full pipe stands for a disk that hangs as well.
class StalledReader : public testing::Test {
 protected:
  StalledReader() {
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    record_.rule = std::string(100'000, 'x');
  }
  ~StalledReader() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  int ends_[2] = {-1, -1};
  policy::Record record_ = rejection();
};

TEST_F(StalledReader, HoldsNobodyUpAndWhatIsTooMuchIsCountedAndSaid) {
  testing::internal::CaptureStderr();
  const auto sink = stream_sink(ends_[1], Detail::facts);
  const auto begin = std::chrono::steady_clock::now();
  const auto line = policy::to_json(record_, Detail::facts).size();
  for (std::size_t octets = 0; octets < 2 * kMostQueuedOctets; octets += line) sink->write(record_);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30))
      << "0.3 s, with sanitizers 3 s";
  EXPECT_GT(sink->lost(), 100U);
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, testing::HasSubstr("cannot write the log on stdout: whoever takes it is too slow"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
  const auto before = sink->lost();
  sink->close(std::chrono::milliseconds(10));
  EXPECT_GT(sink->lost(), before) << "what was still queued at the end is lost as well";
}

TEST_F(StalledReader, WhoReadsAgainGetsWholeLines) {
  const auto sink = stream_sink(ends_[1], Detail::facts);
  for (int i = 0; i < 10; ++i) sink->write(record_);
  std::string read;
  std::jthread reader([&] {
    std::string piece(65536, 0);
    for (ssize_t n = 0; (n = ::read(ends_[0], piece.data(), piece.size())) > 0;)
      read.append(piece, 0, static_cast<std::size_t>(n));
  });
  EXPECT_TRUE(sink->drain(kLong));
  close(ends_[1]);
  ends_[1] = -1;
  reader.join();
  EXPECT_EQ(std::count(read.begin(), read.end(), '\n'), 10);
  EXPECT_EQ(sink->lost(), 0U);
}

TEST_F(StalledReader, ADeadOneIsCounted) {
  testing::internal::CaptureStderr();
  close(ends_[0]);
  ends_[0] = -1;
  const auto sink = stream_sink(ends_[1], Detail::facts);
  sink->write(record_);
  sink->close(kLong);
  EXPECT_EQ(sink->lost(), 1U);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("Broken pipe"));
}

class ThrowingSink : public LogSink {
 public:
  void write(const policy::Record&) override { throw std::bad_alloc(); }
};

TEST(LogSinks, ARecordThatIsTooMuchForOneIsLostThereOnly) {
  const Folder folder;
  testing::internal::CaptureStderr();
  LogSinks sinks(Detail::facts);
  sinks.add(std::make_unique<ThrowingSink>());
  sinks.add(file_sink(folder.path / "log", Detail::facts));
  sinks.write(rejection());
  sinks.close(kLong);
  EXPECT_EQ(lines_of(folder.path / "log").size(), 1U);
  EXPECT_EQ(sinks.lost(), 1U);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("error in the log"));
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
    sinks.drain(kLong);
    EXPECT_EQ(lines_of(path).size(), count);
    sinks.write(rejection());
    sinks.drain(kLong);
    EXPECT_EQ(lines_of(path).size(), count + 1) << "refusals are always written";
  }
}

}  // namespace
}  // namespace milter
