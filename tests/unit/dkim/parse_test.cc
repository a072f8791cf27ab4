#include <gtest/gtest.h>

#include "milter/auth/dkim/body.h"
#include "milter/auth/dkim/key.h"
#include "milter/auth/dkim/key_record.h"
#include "milter/auth/dkim/rsa_key.h"
#include "milter/auth/dkim/signature.h"
#include "milter/auth/dkim/tag_list.h"
#include "tests/unit/dkim/signer.h"

namespace milter::test {
namespace {

TEST(DkimParse, BrokenSignatureKeepsWhatCanBeRead) {
  const auto parsed = parse_signature(" v=7; a=rsa-sha256; d=Example.org; s=K1");
  EXPECT_EQ(parsed.problem, "the tag b is missing");
  EXPECT_EQ(parsed.signature.domain, "example.org");
  EXPECT_EQ(parsed.signature.selector, "K1");
  EXPECT_EQ(parsed.signature.algorithm, SigningAlgorithm::rsa_sha256);
}

TEST(DkimParse, FieldOf16384OctetsIsRead) {
  EXPECT_EQ(parse_signature(std::string(kLongestSignature, 'x')).problem, "a tag has no value");
  EXPECT_EQ(parse_signature(std::string(kLongestSignature + 1, 'x')).problem,
            "the field is longer than 16384 octets");
}

TEST(DkimParse, EmptyTextsAreProblems) {
  EXPECT_EQ(parse_signature("").problem, "a tag has no value");
  EXPECT_EQ(parse_key("").error(), "a tag has no value");
}

TEST(DkimTags, NumbersOfAnyLengthStayNumbers) {
  EXPECT_EQ(read_number("0", 12), 0);
  EXPECT_EQ(read_number("999999999999", 12), 999'999'999'999);
  EXPECT_EQ(read_number("1000000000000", 12), -1);
  EXPECT_EQ(read_number("99999999999999999", 76), 99'999'999'999'999'999);
  EXPECT_EQ(read_number(std::string(76, '9'), 76), 1'000'000'000'000'000'000);
  EXPECT_EQ(read_number("", 12), -1);
  EXPECT_EQ(read_number("+1", 12), -1);
}

TEST(DkimTags, Base64IsReadWithFoldsAndPaddingOnly) {
  EXPECT_EQ(decode_base64("AAEC").octets, std::string("\0\1\2", 3));
  EXPECT_EQ(decode_base64("AA\r\n E=").octets, std::string("\0\1", 2));
  EXPECT_EQ(decode_base64("AA==").octets, std::string("\0", 1));
  for (const auto* text : {"", "A", "AAA", "A===", "====", "AA=A", "AA-A", "AAEC="})
    EXPECT_FALSE(decode_base64(text).ok) << text;
}

TEST(DkimKey, BareAndWrappedKeysAreTheSame) {
  const auto wrapped = read_rsa_key(decode_base64(public_key("rsa2048")).octets);
  const auto bare = read_rsa_key(decode_base64(pkcs1_public_key("rsa2048")).octets);
  ASSERT_TRUE(wrapped && bare);
  EXPECT_EQ(wrapped->spki, decode_base64(public_key("rsa2048")).octets);
  EXPECT_EQ(bare->spki, wrapped->spki);
  EXPECT_EQ(wrapped->bits, 2048U);
}

TEST(DkimKey, EveryCutKeyIsRefused) {
  const auto der = decode_base64(public_key("rsa1024")).octets;
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_FALSE(read_rsa_key(der.substr(0, size))) << size;
  EXPECT_FALSE(read_rsa_key(der + "x"));
}

// {modulus of 1024 bits, exponent of `octets`}
std::string key_with_exponent(std::size_t octets) {
  const std::string fields = "\x02\x81\x80" + std::string(128, '\xff') + "\x02" + static_cast<char>(octets) +
                             std::string(octets, '\x03');
  return "\x30\x81" + std::string(1, static_cast<char>(fields.size())) + fields;
}

TEST(DkimKey, ExponentOfEightOctetsIsTaken) {
  EXPECT_TRUE(read_rsa_key(key_with_exponent(kLongestRsaExponent)));
  EXPECT_FALSE(read_rsa_key(key_with_exponent(kLongestRsaExponent + 1)));
}

TEST(DkimKey, EightRecordsOfAnAnswerAreLookedAt) {
  const auto signature = parse_signature(" a=rsa-sha256; d=example.org; s=k").signature;
  Records answer{.kind = Records::Kind::found};
  answer.texts.assign(kMostKeyRecords - 1, "v=DKIM1; p=");
  answer.texts.push_back("v=DKIM1; p=" + public_key("rsa2048"));
  EXPECT_TRUE(choose_key(answer, signature));
  answer.texts.insert(answer.texts.begin(), "v=DKIM1; p=");
  EXPECT_EQ(choose_key(answer, signature).error().problem, "the key is revoked");
}

std::string mended(const std::vector<std::string>& pieces) {
  CrlfBody body;
  std::string out;
  for (const auto& piece : pieces) out += body.take(piece);
  return out += body.finish();
}

TEST(DkimBody, LineEndsBecomeCrlf) {
  EXPECT_EQ(mended({}), "");
  EXPECT_EQ(mended({"a\r\n"}), "a\r\n");
  EXPECT_EQ(mended({"a"}), "a\r\n");
  EXPECT_EQ(mended({"a\n\nb\n"}), "a\r\n\r\nb\r\n");
  EXPECT_EQ(mended({"a\r", "\nb"}), "a\r\nb\r\n");
  EXPECT_EQ(mended({"a\r", "b\r"}), "a\rb\r\r\n");
  EXPECT_EQ(mended({"\r\r\n"}), "\r\r\n");
}

}  // namespace
}  // namespace milter::test
