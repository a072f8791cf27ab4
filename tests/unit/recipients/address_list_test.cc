// What a line says, and what is no line of ours.
#include "milter/recipients/address_list.h"

#include <gmock/gmock.h>

#include "milter/recipients/read_file.h"

namespace milter {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AddressList, HoldsAddressesDomainsAndStatusWords) {
  const AddressList list(
      "# people\n"
      "Bob@Example.NET\r\n"
      "\n"
      "  carol@example.net\tFULL  # since Monday\n"
      "dave@example.net disabled\n"
      "a#b@example.net.\n"
      "@maintained.example maintenance\n"
      "gone@example.net unknown\n"
      "last@example.net\n");
  EXPECT_EQ(list.find("bob@example.net"), Status::known);
  EXPECT_EQ(list.find("carol@example.net"), Status::full);
  EXPECT_EQ(list.find("dave@example.net"), Status::disabled);
  EXPECT_EQ(list.find("a#b@example.net"), Status::known);
  EXPECT_EQ(list.find("@maintained.example"), Status::maintenance);
  EXPECT_EQ(list.find("gone@example.net"), Status::unknown);
  EXPECT_EQ(list.find("last@example.net"), Status::known);
  EXPECT_EQ(list.find("nobody@example.net"), std::nullopt);
  EXPECT_EQ(list.find(""), std::nullopt);
  EXPECT_EQ(list.size(), 7U);
  EXPECT_EQ(list.odd_lines() + list.illegible_lines(), 0U);
  EXPECT_THAT(line_problems(list), IsEmpty());
}

TEST(AddressList, OfTwoLinesForOneAddressTheFirstCounts) {
  const AddressList list("a@b.example full\nA@b.example\n");
  EXPECT_EQ(list.find("a@b.example"), Status::full);
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(list.lines(), 2U);
}

TEST(AddressList, NothingIsFoundInNothing) {
  EXPECT_EQ(AddressList("").find("a@b.example"), std::nullopt);
  EXPECT_FALSE(AddressList("").has_hash(0));
}

TEST(AddressList, ManyAreFoundAndNobodyElse) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "user" + std::to_string(i) + "@example.net\n";
  const AddressList list(text);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(list.find("user" + std::to_string(i) + "@example.net")) << i;
    ASSERT_FALSE(list.find("uses" + std::to_string(i) + "@example.net")) << i;
    ASSERT_TRUE(list.has_hash(address_hash("user" + std::to_string(i) + "@example.net")));
  }
  EXPECT_FALSE(list.has_hash(address_hash("user5000@example.net")));
}

TEST(AddressList, QuotedLocalPartsAreUnquoted) {
  const AddressList list(
      "\"john smith\"@example.net full\n"
      "\"A@b\"@example.net\n"
      "\"quo\\\"te\"@example.net # \"\n"
      "\"..\"@example.net\n"
      "\"\"@example.net\n");
  EXPECT_EQ(list.find("john smith@example.net"), Status::full);
  EXPECT_EQ(list.find("a@b@example.net"), Status::known);
  EXPECT_EQ(list.find("quo\"te@example.net"), Status::known);
  EXPECT_EQ(list.find("..@example.net"), Status::known);
  EXPECT_EQ(list.odd_lines() + list.illegible_lines(), 0U);
}

TEST(AddressList, DomainsAreConvertedToALabels) {
  const AddressList list("anna@bücher.example\n@BÜCHER.example.\njörg@xn--bcher-kva.example\n");
  EXPECT_EQ(list.find("anna@xn--bcher-kva.example"), Status::known);
  EXPECT_EQ(list.find("@xn--bcher-kva.example"), Status::known);
  EXPECT_EQ(list.find("jörg@xn--bcher-kva.example"), Status::known);
  EXPECT_TRUE(list.has_address_in("xn--bcher-kva.example"));
  EXPECT_EQ(list.odd_lines() + list.illegible_lines(), 0U);
}

// Each of them is how some other program writes its mailboxes.
class OtherFormats : public testing::TestWithParam<const char*> {};
TEST_P(OtherFormats, AreIllegible) {
  const AddressList list(std::string("bob@example.net\n") + GetParam() + "\n");
  EXPECT_EQ(list.illegible_lines(), 1U);
  EXPECT_EQ(list.first_illegible_line(), 2U);
  EXPECT_EQ(list.size(), 1U);
  EXPECT_THAT(line_problems(list), SizeIs(1));
}
INSTANTIATE_TEST_SUITE_P(All, OtherFormats,
                         testing::Values("SMTP:bob@example.net", "bob@example.net|{SHA512-CRYPT}$6$abc",
                                         "<bob@example.net>", "*@example.net", "b*b@example.net",
                                         "bob@example.net,", "bob@example.net;", "bob", "example.net", "bob@",
                                         "bob@example.net:{PLAIN}x:5000:5000::/var/mail", "bob@-example.net",
                                         "bob@example..net", "a..b@example.net", ".bob@example.net",
                                         "bob.@example.net", "bob @example.net", "bob@john@example.net",
                                         "\"bob@example.net", "\"bob\" @example.net", "\"bob\"x@example.net",
                                         "'bob@example.net'", "bob(x)@example.net", "bob@[192.0.2.1]",
                                         "nobody none", "\"a\\", "\"a\tb\"@example.net"));

TEST(AddressList, ALineThatCannotBeReadIsCountedAndItsMailboxIsThere) {
  const AddressList list(
      std::string("ok@example.net\nbob\nbob@\nx@example.net asleep\ny@example.net full stop\n") +
      std::string("z\0@example.net\n", 15));
  EXPECT_EQ(list.size(), 3U);
  EXPECT_EQ(list.find("x@example.net"), Status::known);
  EXPECT_EQ(list.find("y@example.net"), Status::known);
  EXPECT_EQ(list.illegible_lines(), 3U);
  EXPECT_EQ(list.first_illegible_line(), 2U);
  EXPECT_EQ(list.odd_lines(), 2U);
  EXPECT_EQ(list.first_odd_line(), 4U);
}

TEST(AddressList, AByteOrderMarkBelongsToNobody) {
  EXPECT_EQ(AddressList("\xEF\xBB\xBF"
                        "bob@example.net\n")
                .find("bob@example.net"),
            Status::known);
}

TEST(AddressList, ALineHas1024Octets) {
  const std::string address = "bob@example.net";
  const auto padded = [&](std::size_t octets) {
    return address + std::string(octets - address.size(), ' ') + "\nx@example.net\n";
  };
  EXPECT_EQ(AddressList(padded(kLongestRecipientLine)).size(), 2U);
  const AddressList longer(padded(kLongestRecipientLine + 1));
  EXPECT_EQ(longer.illegible_lines(), 1U);
  EXPECT_EQ(longer.size(), 1U);
}

// However it was cut.
TEST(AddressList, AFileMayComeInPieces) {
  const std::string text = "bob@example.net full\n\"john smith\"@example.net\n# fivefifty: 2 addresses\n";
  for (std::size_t size = 1; size < text.size(); ++size) {
    AddressListReader reader(0);
    for (std::size_t at = 0; at < text.size(); at += size)
      reader.take(std::string_view(text).substr(at, size));
    const auto list = std::move(reader).finish();
    ASSERT_EQ(list.find("bob@example.net"), Status::full) << size;
    ASSERT_TRUE(list.find("john smith@example.net")) << size;
    ASSERT_TRUE(list.claim_holds()) << size;
    ASSERT_EQ(list.digest(), AddressList(text).digest());
  }
}

TEST(AddressList, ALastLineWithoutEndIsNoticed) {
  const AddressList list("bob@example.net\ncarol@example.net");
  EXPECT_TRUE(list.is_unterminated());
  EXPECT_TRUE(list.find("carol@example.net")) << "it may be whole";
  EXPECT_FALSE(AddressList("bob@example.net\n").is_unterminated());
  EXPECT_FALSE(AddressList("").is_unterminated());
}

TEST(AddressList, TheLastLineMaySayHowManyThereAre) {
  const auto holds = [](const std::string& text) { return AddressList(text).claim_holds(); };
  EXPECT_TRUE(holds("a@b.example\n@c.example\n\n# hm\n# fivefifty: 2 addresses\n"));
  EXPECT_TRUE(holds("a@b.example\n# fivefifty: 1 address\n# end\n\n"));
  EXPECT_TRUE(holds("a@b.example\na@b.example\n# fivefifty: 2 addresses"));
  EXPECT_TRUE(holds("# fivefifty: 0 addresses\n"));
  EXPECT_FALSE(holds("a@b.example\n"));
  for (const auto* bad :
       {"a@b.example\n# fivefifty: 2 addresses\n", "a@b.example\n# fivefifty: 1 addre",
        "a@b.example\n# fivefifty: 1\n", "a@b.example\n# fivefifty:\n",
        "a@b.example\n# fivefifty: one address\n", "a@b.example\n# fivefifty: 1 addresses\nc@b.example\n",
        "# fivefifty: 0 addresses\na@b.example\n",
        "a@b.example\n# fivefifty: 1 address\n# fivefifty: 1 address\n",
        "a@b.example\n# fivefifty: -1 addresses\n"})
    EXPECT_NE(why_not_whole(AddressList(bad)), "") << bad;
  EXPECT_THAT(why_not_whole(AddressList("a@b.example\n# fivefifty: 1234 addresses\n")),
              HasSubstr("says 1234 addresses, and there are 1"));
}

TEST(AddressList, NoneIsAWord) {
  EXPECT_TRUE(AddressList("none\n").says_none());
  EXPECT_TRUE(AddressList("# x\n None # really\n").says_none());
  EXPECT_TRUE(AddressList("# fivefifty: 0 addresses\n").says_none());
  EXPECT_FALSE(AddressList("# none\n").says_none());
  EXPECT_FALSE(AddressList("a@b.example\n# fivefifty: 1 addresses\n").says_none());
  EXPECT_NE(why_not_whole(AddressList("# nobody yet\n")), "");
  EXPECT_NE(why_not_whole(AddressList("")), "");
  EXPECT_EQ(why_not_whole(AddressList("none\n")), "");
}

TEST(AddressList, KnowsItsDomains) {
  const AddressList list("a@example.net\nb@mail.sub.example.org\n@c.example full\n");
  EXPECT_TRUE(list.has_address_in("Example.Net."));
  EXPECT_TRUE(list.has_address_in("c.example"));
  EXPECT_TRUE(list.has_address_in("*.example.org"));
  EXPECT_TRUE(list.has_address_in("*.sub.example.org"));
  EXPECT_FALSE(list.has_address_in("example.org"));
  EXPECT_FALSE(list.has_address_in("*.example.net")) << "below it, not itself";
  EXPECT_FALSE(list.has_address_in("*.mail.sub.example.org"));
}

TEST(Status, WordsAreReadAsTheyAreWritten) {
  for (const auto status :
       {Status::known, Status::unknown, Status::full, Status::disabled, Status::maintenance})
    EXPECT_EQ(parse_status(to_text(status)), status);
  EXPECT_EQ(parse_status("Full"), Status::full);
  EXPECT_EQ(parse_status(""), std::nullopt);
}

}  // namespace
}  // namespace milter
