#include "tests/unit/dkim/cases.h"

namespace milter::test {
namespace {

constexpr const char* kKeys[] = {"rsa1024", "rsa2048", "rsa4096", "ed25519"};
constexpr const char* kForms[] = {"simple", "relaxed"};

Signing signed_with(const std::string& key, const std::string& headers, const std::string& body) {
  Signing out{.key = key, .headers = headers, .body = body};
  if (key == "ed25519") out.tags = with_tag("rsa-sha256", "ed25519-sha256");
  return out;
}

std::string record_for(const std::string& key) {
  return key == "ed25519" ? "v=DKIM1; k=ed25519; p={p}" : "v=DKIM1; k=rsa; p={p}";
}

struct Change {
  const char* name;
  void (*after)(Mail&);
  const char* verdict;
};

constexpr Change kChanges[] = {
    {"as signed", nullptr, "pass"},
    {"the subject changed", [](Mail& mail) { mail.fields[3].value += "!"; }, "fail signature did not verify"},
    {"the body changed", [](Mail& mail) { mail.body[0] = 'J'; }, "fail body hash did not verify"},
    {"a footer added", [](Mail& mail) { mail.body += "-- \r\nlist\r\n"; }, "fail body hash did not verify"}};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace

std::string disputed(std::string_view ours) {
  return "temperror two verifiers disagree: libopendkim verifies it, we say: " + std::string(ours);
}

std::vector<Case> form_cases() {
  std::vector<Case> out;
  for (const std::string key : kKeys)
    for (const std::string headers : kForms)
      for (const std::string body : kForms)
        for (const auto& change : kChanges)
          out.push_back({.name = key + " " + headers + "/" + body + " " + change.name,
                         .signing = signed_with(key, headers, body),
                         .expected = change.verdict,
                         .records = {record_for(key)},
                         .after = change.after});
  return out;
}

std::vector<Case> all_cases() {
  auto out = form_cases();
  for (auto* more : {signature_cases, key_cases, message_cases})
    for (auto& one : more()) out.push_back(std::move(one));
  return out;
}

Mail mail_of(const Case& one) {
  auto mail = sample_mail();
  if (one.before) one.before(mail);
  sign(mail, one.signing);
  if (one.after) one.after(mail);
  return mail;
}

std::vector<std::string> records_of(const Case& one) {
  std::vector<std::string> out;
  for (auto record : one.records) {
    record = replaced(record, "{p}", public_key(one.signing.key));
    if (one.signing.key != "ed25519") record = replaced(record, "{pkcs1}", pkcs1_public_key(one.signing.key));
    out.push_back(std::move(record));
  }
  return out;
}

}  // namespace milter::test
