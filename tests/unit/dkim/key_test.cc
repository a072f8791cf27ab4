// Public keys ready to verify with, and how long they are kept.
#include <gtest/gtest.h>

#include <thread>

#include "milter/auth/dkim/key_cache.h"
#include "tests/unit/dkim/signer.h"

namespace milter::test {
namespace {

// A DER element with its length in two octets.
std::string element(char tag, const std::string& contents) {
  const auto size = contents.size();
  return std::string(1, tag) + '\x82' + static_cast<char>(size / 256) + static_cast<char>(size % 256) +
         contents;
}

std::string record_of_numbers(const std::string& modulus, char exponent) {
  return "p=" + base64(element('\x30', element('\x02', modulus) + element('\x02', std::string(1, exponent))));
}

// A modulus of so many bits, an odd number.
std::string modulus_of(std::size_t bits) {
  const auto first = static_cast<char>((1U << (bits - 1) % 8));
  return first + std::string((bits - 1) / 8, '\x5b');
}

TEST(DkimPublicKey, RsaOf1024To4096Bits) {
  EXPECT_EQ(PublicKey(record_of_numbers(modulus_of(1023), '\3')).weakness(), "an RSA key of 1023 bits");
  for (const std::size_t bits : {1024, 4096}) {
    const PublicKey key(record_of_numbers(modulus_of(bits), '\3'));
    EXPECT_EQ(key.weakness() + key.unusable(), "");
    EXPECT_NE(key.plain_record(), "");
  }
  const PublicKey large(record_of_numbers(modulus_of(4097), '\3'));
  EXPECT_EQ(large.unusable(), "an RSA key of more than 4096 bits");
  EXPECT_EQ(large.plain_record(), "");
}

TEST(DkimPublicKey, WhatIsNoKeyVerifiesNothing) {
  const std::string digest(32, 'd');
  for (const std::string record : {"", "p=", "p=AAAA", "v=DKIM1; k=ed25519; p=AAAA", "nonsense"}) {
    const PublicKey key(record);
    for (const auto algorithm : {SigningAlgorithm::rsa_sha256, SigningAlgorithm::ed25519_sha256})
      EXPECT_FALSE(key.verifies(algorithm, digest, std::string(64, 's'))) << record;
    EXPECT_EQ(key.plain_record(), "");
  }
}

// Numbers that OpenSSL may take, and must not verify with, crash or hang on.
TEST(DkimPublicKey, SillyNumbersVerifyNothing) {
  const std::string even = "\x7f" + std::string(98, '\xff') + "\xfe";
  const std::string digest(32, 'd');
  for (const auto& modulus : {std::string("\1"), std::string("\2"), even, std::string(100, '\x7f')})
    for (const char exponent : {'\1', '\2', '\3'}) {
      const PublicKey key(record_of_numbers(modulus, exponent));
      EXPECT_EQ(key.invalid(), "");
      EXPECT_FALSE(key.verifies(SigningAlgorithm::rsa_sha256, digest, std::string(modulus.size(), '\1')));
    }
}

std::string numbered(std::size_t i) { return "v=DKIM1; n=" + std::to_string(i) + "; p="; }

TEST(DkimKeyCache, KeepsByTheWholeText) {
  KeyCache cache;
  const auto key = cache.get(numbered(1));
  EXPECT_EQ(cache.get(numbered(1)), key);
  EXPECT_NE(cache.get(numbered(1) + " "), key);
  EXPECT_EQ(cache.size(), 2U);
}

TEST(DkimKeyCache, The1025thDrivesOutTheLeastRecentlyUsed) {
  KeyCache cache;
  std::vector<std::shared_ptr<const PublicKey>> keys;
  for (std::size_t i = 0; i < kMostKeptKeys; ++i) keys.push_back(cache.get(numbered(i)));
  EXPECT_EQ(cache.get(numbered(0)), keys[0]) << "all fit, and this one is used again";
  cache.get(numbered(kMostKeptKeys));
  EXPECT_EQ(cache.size(), kMostKeptKeys);
  EXPECT_EQ(cache.get(numbered(0)), keys[0]);
  EXPECT_EQ(cache.get(numbered(2)), keys[2]);
  EXPECT_NE(cache.get(numbered(1)), keys[1]);
}

TEST(DkimKeyCache, KeepsRecordsOf4096OctetsAndNoLongerOnes) {
  KeyCache cache;
  cache.get(std::string(kLongestKeptRecord, 'x'));
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_NE(cache.get(std::string(kLongestKeptRecord + 1, 'x')), nullptr);
  EXPECT_EQ(cache.size(), 1U);
}

// For ThreadSanitizer: threads that find, add and drive out.
TEST(DkimKeyCache, ThreadsShareIt) {
  KeyCache cache;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&cache, t] {
      for (std::size_t i = 0; i < 3000; ++i)
        ASSERT_EQ(cache.get(numbered((i * (t + 1)) % 1500))->invalid(), "");
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(cache.size(), kMostKeptKeys);
}

}  // namespace
}  // namespace milter::test
