#include "tests/unit/dkim/cases.h"

namespace milter::test {
namespace {

Signing formed(const std::string& headers, const std::string& body) {
  return {.headers = headers, .body = body};
}

std::vector<Case> header_cases() {
  return {
      {.name = "an unsigned field added",
       .signing = {},
       .expected = "pass",
       .after =
           [](Mail& mail) {
             mail.fields.push_back({"X-Spam", " no"});
           }},
      {.name = "a second Subject added on top",
       .signing = {},
       .expected = "pass",
       .after =
           [](Mail& mail) {
             mail.fields.insert(mail.fields.begin(), {"Subject", " other"});
           }},
      {.name = "a second Subject added below",
       .signing = {},
       .expected = "fail signature did not verify",
       .after =
           [](Mail& mail) {
             mail.fields.push_back({"Subject", " other"});
           }},
      {.name = "a second Subject where h names two",
       .signing = {.fields = {"from", "subject", "subject"}},
       .expected = "fail signature did not verify",
       .after =
           [](Mail& mail) {
             mail.fields.insert(mail.fields.begin(), {"Subject", " other"});
           }},
      {.name = "a signed field removed",
       .signing = {},
       .expected = "fail signature did not verify",
       .after = [](Mail& mail) { mail.fields.erase(mail.fields.begin() + 3); }},
      {.name = "a field that h names is not there",
       .signing = {.fields = {"from", "list-id"}},
       .expected = "pass"},
      {.name = "white space changed, relaxed",
       .signing = {},
       .expected = "pass",
       .after =
           [](Mail& mail) {
             mail.fields[3] = {"subject", "  Two words \r\n and a\tfold"};
           }},
      {.name = "white space changed, simple",
       .signing = formed("simple", "simple"),
       .expected = "fail signature did not verify",
       .after = [](Mail& mail) { mail.fields[3].value += " "; }},
      {.name = "folds as LF",
       .signing = formed("simple", "simple"),
       .expected = "pass",
       .after = [](Mail& mail) { mail.fields[3].value = " Two  words\n\tand a fold"; }},
      {.name = "8-bit header",
       .signing = formed("simple", "simple"),
       .expected = "pass",
       .before =
           [](Mail& mail) {
             mail.fields[2].value =
                 " Gr\xc3\xbc\xc3\x9f"
                 "e \xff";
           }},
      {.name = "no space after the colon",
       .signing = formed("simple", "simple"),
       .expected = "pass",
       .before = [](Mail& mail) { mail.fields[2].value = "none"; }},
      {.name = "an empty field",
       .signing = {},
       .expected = "pass",
       .before = [](Mail& mail) { mail.fields[2].value = ""; }},
      {.name = "no From",
       .signing = {},
       .expected = "pass",
       .before = [](Mail& mail) { mail.fields.erase(mail.fields.begin()); }},
      {.name = "From that is no address",
       .signing = {},
       .expected = "pass",
       .before = [](Mail& mail) { mail.fields[0].value = " <<not, an: address"; }},
      {.name = "two From fields",
       .signing = {},
       .expected = "pass",
       .before =
           [](Mail& mail) {
             mail.fields.insert(mail.fields.begin(), {"From", " eve@example.net"});
           },
       .dkimpy = "it fails them for RFC 6376 8.15; the signature is good by 5.4.2, and what two From fields "
                 "mean is not for DKIM to say"},
      {.name = "header of 1 MB",
       .signing = {},
       .expected = "pass",
       .before = [](Mail& mail) { mail.fields[2].value = " " + std::string(1'000'000, 's'); }},
      {.name = "20,000 fields",
       .signing = {},
       .expected = "pass",
       .before =
           [](Mail& mail) {
             for (int i = 0; i < 20'000; ++i)
               mail.fields.insert(mail.fields.end(), {"X-Filler", " of no interest at all"});
           }},
      {.name = "the field's name in capitals", .signing = {.field = "DKIM-SIGNATURE"}, .expected = "pass"},
      {.name = "h names everything, and more",
       .signing = {.fields = {"from", "to", "subject", "date", "message-id", "cc", "bcc"}},
       .expected = "pass"},
  };
}

std::vector<Case> body_cases() {
  std::vector<Case> out;
  struct Body {
    const char* name;
    void (*before)(Mail&);
    const char* simple;
    const char* relaxed;
    const char* dkimpy;  // of relaxed
  };
  const Body bodies[] = {
      {"empty body", [](Mail& mail) { mail.body = ""; }, "pass", "pass", ""},
      {"only empty lines", [](Mail& mail) { mail.body = "\r\n\r\n\r\n"; }, "pass", "pass", ""},
      {"only white space", [](Mail& mail) { mail.body = " \t\r\n  \r\n"; }, "pass", "pass", ""},
      {"no final CRLF", [](Mail& mail) { mail.body = "one\r\ntwo"; }, "pass", "pass", ""},
      {"white space at the end, no CRLF", [](Mail& mail) { mail.body = "one\r\ntwo  "; }, "pass", "pass",
       "it adds the CRLF before it strips; we are right: RFC 6376 3.4.4, (a) comes before (b)"},
      {"lines that begin with white space", [](Mail& mail) { mail.body = " a\r\n\tb\r\n"; }, "pass", "pass",
       ""},
      {"8-bit and NUL", [](Mail& mail) { mail.body = std::string("a\0b\xff\r\n", 6); }, "pass", "pass", ""},
      {"a long line", [](Mail& mail) { mail.body = std::string(300'000, 'x') + "\r\n"; }, "pass", "pass", ""},
      {"a lone CR", [](Mail& mail) { mail.body = "a\rb\r\n"; }, "pass", "pass", ""},
      {"CRs before line ends", [](Mail& mail) { mail.body = "10%\r20%\r\r\nb \r\r\n\r\r\n"; }, "pass", "pass",
       ""},
      {"CR at the very end", [](Mail& mail) { mail.body = "a\r\nb\r"; }, "pass", "pass", ""},
  };
  for (const auto& body : bodies) {
    out.push_back({.name = std::string(body.name) + ", simple",
                   .signing = formed("relaxed", "simple"),
                   .expected = body.simple,
                   .before = body.before});
    out.push_back({.name = std::string(body.name) + ", relaxed",
                   .signing = formed("relaxed", "relaxed"),
                   .expected = body.relaxed,
                   .before = body.before,
                   .dkimpy = body.dkimpy});
  }
  return out;
}

std::vector<Case> change_cases() {
  return {
      {.name = "line ends became LF",
       .signing = {},
       .expected = "pass",
       .after = [](Mail& mail) { std::erase(mail.body, '\r'); }},
      {.name = "empty lines appended",
       .signing = {},
       .expected = "pass",
       .after = [](Mail& mail) { mail.body += "\r\n\r\n"; }},
      {.name = "white space appended to a line, relaxed",
       .signing = {},
       .expected = "pass",
       .after = [](Mail& mail) { mail.body.insert(mail.body.find("\r\n"), "  \t"); }},
      {.name = "white space appended to a line, simple",
       .signing = formed("simple", "simple"),
       .expected = "fail body hash did not verify",
       .after = [](Mail& mail) { mail.body.insert(mail.body.find("\r\n"), "  \t"); }},
      {.name = "a lone CR slipped in",
       .signing = {},
       .expected = disputed("body hash did not verify"),
       .after = [](Mail& mail) { mail.body.insert(2, "\r"); }},
      {.name = "the body cut short",
       .signing = {},
       .expected = "fail body hash did not verify",
       .after = [](Mail& mail) { mail.body.resize(8); }},
      {.name = "the body gone",
       .signing = {},
       .expected = "fail body hash did not verify",
       .after = [](Mail& mail) { mail.body.clear(); }},
      {.name = "text behind l=",
       .signing = {.length = 31, .tags = with_tags("l=31")},
       .expected = "pass (partial) only the first part of the body is signed",
       .after = [](Mail& mail) { mail.body += "buy\r\n"; }},
      {.name = "text before the end of l=",
       .signing = {.length = 31, .tags = with_tags("l=31")},
       .expected = "fail body hash did not verify",
       .after = [](Mail& mail) { mail.body.insert(0, "buy\r\n"); }},
  };
}

}  // namespace

std::vector<Case> message_cases() {
  auto out = header_cases();
  for (auto* more : {body_cases, change_cases})
    for (auto& one : more()) out.push_back(std::move(one));
  return out;
}

}  // namespace milter::test
