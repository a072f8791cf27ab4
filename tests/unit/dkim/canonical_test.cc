// The canonical forms: RFC 6376 3.4, and that pieces, however cut, change nothing.
#include <gtest/gtest.h>

#include <random>

#include "milter/auth/dkim/body_hashes.h"
#include "milter/auth/dkim/canonical_body.h"
#include "milter/auth/dkim/canonical_field.h"
#include "milter/auth/dkim/signed_header.h"
#include "tests/unit/dkim/signer.h"

namespace milter::test {
namespace {

constexpr Canonicalization kForms[] = {Canonicalization::simple, Canonicalization::relaxed};

std::string body_form(std::string_view body, Canonicalization form, std::size_t piece) {
  std::string out;
  CanonicalBody canonical(form, [&](std::string_view text) { out += text; });
  for (std::size_t at = 0; at < body.size(); at += piece) canonical.add(body.substr(at, piece));
  canonical.finish();
  return out;
}

std::string simple(std::string_view body) { return body_form(body, Canonicalization::simple, 65536); }
std::string relaxed(std::string_view body) { return body_form(body, Canonicalization::relaxed, 65536); }

std::string field(std::string_view name, std::string_view value, Canonicalization form) {
  std::string out;
  append_field(out, name, value, form);
  return out;
}

// A text of up to `most` octets, of letters that mean something here and one that does not.
std::string random_text(std::mt19937& dice, std::size_t most) {
  static constexpr std::string_view kLetters = "  \t\r\r\n\n\nxxxxxxx";
  std::string out(dice() % (most + 1), ' ');
  for (auto& c : out) c = kLetters[dice() % kLetters.size()];
  return out;
}

// RFC 6376 3.4.5.
TEST(DkimCanonical, ExamplesOfTheRfc) {
  EXPECT_EQ(field("A", " X", Canonicalization::relaxed), "a:X");
  EXPECT_EQ(field("B ", " Y\t\r\n\tZ  ", Canonicalization::relaxed), "b:Y Z");
  EXPECT_EQ(field("B ", " Y\t\r\n\tZ  ", Canonicalization::simple), "B : Y\t\r\n\tZ  ");
  const std::string body = " C \r\nD \t E\r\n\r\n\r\n";
  EXPECT_EQ(relaxed(body), " C\r\nD E\r\n");
  EXPECT_EQ(simple(body), " C \r\nD \t E\r\n");
}

// RFC 6376 3.4.3 and 3.4.4: the empty body.
TEST(DkimCanonical, EmptyBodies) {
  for (const auto* body : {"", "\r\n", "\r\n\r\n\n"}) {
    EXPECT_EQ(simple(body), "\r\n");
    EXPECT_EQ(relaxed(body), "");
  }
  EXPECT_EQ(relaxed(" \t"), "");
  EXPECT_EQ(simple(" "), " \r\n");
}

TEST(DkimCanonical, LfIsALineEndAndCrIsNot) {
  EXPECT_EQ(relaxed("a\nb"), "a\r\nb\r\n");
  EXPECT_EQ(simple("a\rb\r\n"), "a\rb\r\n");
  EXPECT_EQ(relaxed("a \r\r\n"), "a \r\r\n");
  EXPECT_EQ(relaxed("\r\r\n"), "\r\r\n");
  EXPECT_EQ(relaxed("a\r"), "a\r\r\n");
  EXPECT_EQ(field("A", " a\rb\n c", Canonicalization::relaxed), "a:a\rb c");
  EXPECT_EQ(field("A", " a\rb\n c", Canonicalization::simple), "A: a\rb\r\n c");
}

// Line by line and word by word, from the RFC, with no regard to cost. `text` as it comes.
std::string by_the_letter(const std::string& text, Canonicalization form) {
  std::string crlf;
  for (const char c : text) {
    if (c == '\n' && !crlf.ends_with('\r')) crlf += '\r';
    crlf += c;
  }
  if (!crlf.empty() && !crlf.ends_with("\r\n")) crlf += "\r\n";
  return canonical_body(crlf, form == Canonicalization::simple ? "simple" : "relaxed");
}

TEST(DkimCanonical, AnyTextInAnyPieces) {
  std::mt19937 dice(550);
  for (int round = 0; round < 20'000; ++round) {
    const auto text = random_text(dice, 60);
    for (const auto form : kForms) {
      const auto expected = by_the_letter(text, form);
      ASSERT_EQ(body_form(text, form, 65536), expected) << testing::PrintToString(text);
      ASSERT_EQ(body_form(text, form, 1 + dice() % 20), expected) << testing::PrintToString(text);
    }
  }
}

// Longer than the buffer, and lines longer than it: nothing is lost at its end.
TEST(DkimCanonical, LongTexts) {
  std::mt19937 dice(550);
  for (int round = 0; round < 50; ++round) {
    std::string text;
    while (text.size() < 20'000) text += random_text(dice, 60) + std::string(dice() % 6000, 'y');
    for (const auto form : kForms) {
      const auto expected = by_the_letter(text, form);
      ASSERT_EQ(body_form(text, form, 1 + dice() % 9000), expected);
    }
  }
}

// Each wish gets what the canonical body's first octets hash to, whatever else is wished for.
TEST(DkimBodyHashes, EveryLengthOfABody) {
  const std::string body = "one  two\r\n\r\nthree \tfour\r\n\r\n\r\n";
  std::vector<BodyHashes::Wish> wishes;
  for (const auto form : kForms)
    for (const auto hash : {HashKind::sha256, HashKind::sha1})
      for (std::int64_t length = 40; length >= -1; --length)
        wishes.push_back({form, hash, length < 0 ? std::nullopt : std::optional(length)});
  for (const std::size_t piece : {1, 3, 100}) {
    BodyHashes hashes(wishes);
    for (std::size_t at = 0; at < body.size(); at += piece)
      hashes.add(std::string_view(body).substr(at, piece));
    const auto found = hashes.finish();
    for (std::size_t i = 0; i < wishes.size(); ++i) {
      const auto all = by_the_letter(body, wishes[i].form);
      const auto length =
          static_cast<std::size_t>(wishes[i].length.value_or(static_cast<std::int64_t>(all.size())));
      EXPECT_EQ(found[i].too_short, length > all.size());
      EXPECT_EQ(found[i].partial, length < all.size());
      EXPECT_EQ(found[i].digest, length > all.size() ? "" : hash_of(all.substr(0, length), wishes[i].hash));
    }
  }
}

TEST(DkimBodyHashes, NothingOfNothing) {
  BodyHashes hashes(
      {{Canonicalization::relaxed, HashKind::sha256, 0}, {Canonicalization::simple, HashKind::sha256, 0}});
  const auto found = hashes.finish();
  EXPECT_EQ(found[0].digest, hash_of("", HashKind::sha256));
  EXPECT_FALSE(found[0].partial);
  EXPECT_EQ(found[1].digest, hash_of("", HashKind::sha256));
  EXPECT_TRUE(found[1].partial) << "a simple empty body is a line end";
}

std::vector<std::size_t> covered(const std::vector<HeaderField>& fields, std::vector<std::string> names,
                                 std::size_t own) {
  return SignedHeader(fields).covered({.signed_fields = std::move(names)}, own);
}

using Indices = std::vector<std::size_t>;

// RFC 6376 5.4.2.
TEST(DkimSignedHeader, TakesFieldsFromTheBottom) {
  const std::vector<HeaderField> fields{{"A", "1"}, {"b ", "2"}, {"a", "3"}, {"C", "4"}, {"A\t", "5"}};
  EXPECT_EQ(covered(fields, {"a", "b", "a"}, 3), (Indices{4, 1, 2}));
  EXPECT_EQ(covered(fields, {"a", "a", "a", "a", "x", "c"}, 1), (Indices{4, 2, 0, 3}));
}

TEST(DkimSignedHeader, NeverTheSignatureItself) {
  const std::vector<HeaderField> fields{{"S", "1"}, {"S", "2"}, {"S", "3"}};
  EXPECT_EQ(covered(fields, {"s", "s", "s"}, 2), (Indices{1, 0}));
  EXPECT_EQ(covered(fields, {"s", "s", "s"}, 1), (Indices{2, 0}));
  EXPECT_EQ(covered(fields, {"s"}, 0), (Indices{2}));
  EXPECT_EQ(covered({{"S", "1"}}, {"s", "s"}, 0), (Indices{}));
}

}  // namespace
}  // namespace milter::test
