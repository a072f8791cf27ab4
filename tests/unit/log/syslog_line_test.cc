// The line that admins grep for.
#include <gmock/gmock.h>

#include "milter/log/sink.h"
#include "records.h"

namespace milter {
namespace {

using test::acceptance;
using test::rejection;

TEST(SyslogLine, SaysWhatWasDecidedAboutWhom) {
  EXPECT_EQ(syslog_line(rejection()),
            "reject ref=1NGBT0000001 reason=relay-denied code=550 5.7.1 rule=relay ip=192.0.2.1 "
            "from=<a@example.org> to=<b@example.net>");
}

TEST(SyslogLine, AcceptHasNoReason) {
  EXPECT_EQ(syslog_line(acceptance()),
            "accept ref=1NGBT0000001 rule=relay ip=192.0.2.1 from=<a@example.org> to=<b@example.net>");
}

TEST(SyslogLine, ManyRecipientsAreCounted) {
  auto record = acceptance();
  record.rcpt = {"b@example.net", "c@example.net", "d@example.net"};
  EXPECT_THAT(syslog_line(record), testing::HasSubstr("to=<b@example.net> and 2 more"));
}

TEST(SyslogLine, NullSenderAndMissingClient) {
  auto record = rejection();
  record.mail_from = "";
  record.client_ip.clear();
  EXPECT_THAT(syslog_line(record), testing::HasSubstr("ip=- from=<>"));
}

TEST(SyslogLine, ForeignBytesBecomeQuestionMarks) {
  auto record = rejection();
  record.mail_from = "a b\r\n\xff%n@example.org";
  EXPECT_THAT(syslog_line(record), testing::HasSubstr("from=<a?b???%n@example.org>"));
}

TEST(SyslogLine, ValuesAreCutAt120Octets) {
  auto record = rejection();
  record.rcpt = {std::string(120, 'x')};
  EXPECT_THAT(syslog_line(record), testing::EndsWith("to=<" + std::string(120, 'x') + ">"));
  record.rcpt = {std::string(121, 'x')};
  EXPECT_THAT(syslog_line(record), testing::EndsWith("to=<" + std::string(120, 'x') + ">"));
}

}  // namespace
}  // namespace milter
