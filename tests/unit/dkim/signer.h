// A DKIM signer for tests, written from RFC 6376 and independent of the verifier: it can sign what no
// decent signer would.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/mail/header_field.h"

namespace milter::test {

struct Mail {
  std::vector<HeaderField> fields;
  std::string body;
};

// From, To, Subject, Date, Message-ID and three lines.
Mail sample_mail();

// The message as it travels: CRLF line ends.
std::string wire_text(const Mail& mail);

// How a message is really signed, and what the field says about it.
struct Signing {
  std::string key = "rsa2048";  // or rsa and another number of bits, or ed25519
  std::string headers = "relaxed";
  std::string body = "relaxed";
  std::vector<std::string> fields = {"from", "to", "subject", "date"};
  std::optional<std::size_t> length;
  std::string hash = "sha256";
  // {c}, {h}, {bh}, {b}: as above, and computed.
  std::string tags = "v=1; a=rsa-sha256; c={c}; d=example.org; s=k1; h={h}; bh={bh}; b={b}";
  std::string field = "DKIM-Signature";
};

// The sample tags with `text` put in front of bh=.
std::string with_tags(std::string_view text);
// The sample tags with `from` replaced by `to`.
std::string with_tag(std::string_view from, std::string_view to);

std::string base64(std::string_view octets);

// Puts a DKIM-Signature field on top.
void sign(Mail& mail, const Signing& signing);

// p= of a key: SubjectPublicKeyInfo in base64, or the 32 octets of Ed25519.
std::string public_key(std::string_view key);
std::string pkcs1_public_key(std::string_view key);  // RSAPublicKey in base64

std::string canonical_body(std::string_view body, std::string_view form);

}  // namespace milter::test
