#include "policy/record/json_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace policy {
namespace {

std::string written(std::string_view text) {
  JsonWriter out;
  out.text(text);
  return std::move(out).take();
}

std::string by_another(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

TEST(JsonWriter, EscapesAllButPrintableAscii) {
  EXPECT_EQ(written("a\"\\/\b\f\n\r\t\x01\x7f"), R"("a\"\\/\b\f\n\r\t\u0001\u007f")");
  EXPECT_EQ(written("\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80"), R"("\u00e9\u2028\ud83d\ude00")");
}

TEST(JsonWriter, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(written("\xff"), R"("\ufffd")");
  EXPECT_EQ(written("\xC3"), R"("\ufffd")");                                // cut
  EXPECT_EQ(written("\xC0\x80"), R"("\ufffd\ufffd")");                      // longer than need be
  EXPECT_EQ(written("\xED\xA0\x80"), R"("\ufffd\ufffd\ufffd")");            // a surrogate
  EXPECT_EQ(written("\xF4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");  // behind U+10FFFF
}

TEST(JsonWriter, WritesEveryCharacterAsAnotherWriterDoes) {
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    if (c < 0x80)
      text = {static_cast<char>(c)};
    else if (c < 0x800)
      text = {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
    else if (c < 0x10000)
      text = {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 0x3F)),
              static_cast<char>(0x80 | (c & 0x3F))};
    else
      text = {static_cast<char>(0xF0 | (c >> 18)), static_cast<char>(0x80 | ((c >> 12) & 0x3F)),
              static_cast<char>(0x80 | ((c >> 6) & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    ASSERT_EQ(written(text), by_another(text)) << static_cast<std::uint32_t>(c);
  }
}

TEST(JsonWriter, IsJsonWhateverTheOctets) {
  std::mt19937 random(550);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 12, '\0');
    for (auto& c : text) c = static_cast<char>(random());
    ASSERT_FALSE(nlohmann::json::parse(written(text), nullptr, false).is_discarded());
  }
}

TEST(JsonWriter, PutsCommasByItself) {
  JsonWriter out;
  out.begin_object();
  out.key("a");
  out.begin_array();
  out.number(INT64_MIN);
  out.flag(true);
  out.begin_object();
  out.end_object();
  out.end_array();
  out.any_key("\"");
  out.null();
  out.end_object();
  EXPECT_EQ(std::move(out).take(), R"({"a":[-9223372036854775808,true,{}],"\"":null})");
}

}  // namespace
}  // namespace policy
