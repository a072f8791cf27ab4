#include "tests/unit/dkim/signer.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

#include "policy/domain.h"

namespace milter::test {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

void need(bool done) {
  if (!done) throw std::runtime_error("OpenSSL");
}

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Keys are made once a run: nothing in a verdict depends on which.
EVP_PKEY* key_named(const std::string& name) {
  static std::map<std::string, Key> ring;
  auto& key = ring[name];
  if (!key && name == "ed25519") key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key)
    key.reset(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(std::stoul(name.substr(3)))));
  need(key != nullptr);
  return key.get();
}

std::string digest(std::string_view text, const std::string& hash) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  need(EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                  EVP_get_digestbyname(hash.c_str()), nullptr) == 1);
  out.resize(size);
  return out;
}

// RFC 8463 section 3: Ed25519 signs the SHA-256 of the text.
std::string signature_of(std::string_view text, const Signing& signing) {
  auto* const key = key_named(signing.key);
  const bool rsa = signing.key != "ed25519";
  const auto input = rsa ? std::string(text) : digest(text, signing.hash);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* hash = rsa ? EVP_get_digestbyname(signing.hash.c_str()) : nullptr;
  need(EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key) == 1);
  std::size_t size = 0;
  need(EVP_DigestSign(context.get(), nullptr, &size, octets(input), input.size()) == 1);
  std::string out(size, '\0');
  need(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, octets(input),
                      input.size()) == 1);
  out.resize(size);
  return out;
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

// RFC 6376 3.4.2 and 3.4.4: runs of white space become one space, those at the end go.
std::string squeezed(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (!is_space(c))
      out += c;
    else if (!out.ends_with(' '))
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string canonical_field(const HeaderField& field, const std::string& form) {
  const auto value = replaced(replaced(field.value, "\r\n", "\n"), "\n", form == "simple" ? "\r\n" : "");
  if (form == "simple") return field.name + ":" + value;
  auto name = policy::lower(field.name);
  while (is_space(name.back())) name.pop_back();
  auto text = squeezed(value);
  if (text.starts_with(' ')) text.erase(0, 1);
  return name + ":" + text;
}

std::string field_name(const HeaderField& field) {
  auto name = policy::lower(field.name);
  while (!name.empty() && is_space(name.back())) name.pop_back();
  return name;
}

// RFC 6376 5.4.2: of several fields of a name, the last that is not used yet.
std::string signed_header(const Mail& mail, const Signing& signing) {
  std::string out;
  std::vector<bool> used(mail.fields.size());
  for (const auto& name : signing.fields) {
    for (auto i = mail.fields.size(); i-- > 0;) {
      if (used[i] || field_name(mail.fields[i]) != policy::lower(name)) continue;
      used[i] = true;
      out += canonical_field(mail.fields[i], signing.headers) + "\r\n";
      break;
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ":") + word;
  return out;
}

std::string encoded_key(EVP_PKEY* key, int (*encode)(const EVP_PKEY*, unsigned char**)) {
  unsigned char* der = nullptr;
  const auto size = encode(key, &der);
  need(size > 0);
  const std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return base64(out);
}

}  // namespace

std::string base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                      octets(text), static_cast<int>(text.size()))));
  return out;
}

Mail sample_mail() {
  return {.fields = {{"From", " Ann Author <ann@example.org>"},
                     {"To", " bob@example.net"},
                     {"Subject", " Two  words\r\n\tand a fold"},
                     {"Date", " Tue, 24 Nov 2026 12:00:00 +0000"},
                     {"Message-ID", " <1@example.org>"}},
          .body = "Hello  Bob, \r\n\r\nthis is\ta  test.\r\n\r\n\r\n"};
}

std::string wire_text(const Mail& mail) {
  std::string out;
  for (const auto& field : mail.fields) out += field.name + ":" + field.value + "\r\n";
  return out + "\r\n" + mail.body;
}

std::string canonical_body(std::string_view body, std::string_view form) {
  std::string out;
  std::string blanks;
  while (!body.empty()) {
    const auto end = body.find("\r\n");
    auto line = std::string(body.substr(0, end));
    if (form == "relaxed") line = squeezed(line);
    blanks += line + "\r\n";
    if (!line.empty()) out += std::exchange(blanks, "");
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
  }
  return out.empty() && form == "simple" ? "\r\n" : out;
}

std::string with_tags(std::string_view text) { return with_tag("bh={bh}", std::string(text) + "; bh={bh}"); }

std::string with_tag(std::string_view from, std::string_view to) {
  const auto tags = Signing{}.tags;
  if (tags.find(from) == std::string::npos) throw std::runtime_error("no such tag");
  return replaced(tags, from, to);
}

void sign(Mail& mail, const Signing& signing) {
  const auto body = canonical_body(mail.body, signing.body);
  const auto hash = digest(body.substr(0, signing.length.value_or(body.size())), signing.hash);
  auto tags = replaced(signing.tags, "{c}", signing.headers + "/" + signing.body);
  tags = replaced(replaced(tags, "{h}", joined(signing.fields)), "{bh}", base64(hash));
  const HeaderField unsigned_field{signing.field, " " + replaced(tags, "{b}", "")};
  const auto text = signed_header(mail, signing) + canonical_field(unsigned_field, signing.headers);
  const auto value = base64(signature_of(text, signing));
  mail.fields.insert(mail.fields.begin(), {signing.field, " " + replaced(tags, "{b}", value)});
}

std::string public_key(std::string_view name) {
  auto* const key = key_named(std::string(name));
  if (name != "ed25519") return encoded_key(key, i2d_PUBKEY);
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  need(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) == 1);
  return base64(raw);
}

std::string pkcs1_public_key(std::string_view name) {
  return encoded_key(key_named(std::string(name)), i2d_PublicKey);
}

}  // namespace milter::test
