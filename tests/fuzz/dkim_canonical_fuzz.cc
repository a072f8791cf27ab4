// The canonical forms: pieces change nothing, a form is its own form, and hashes at l= are hashes of its beginning.
#include <cstdint>
#include <cstdlib>

#include "milter/auth/dkim/body_hashes.h"
#include "milter/auth/dkim/canonical_body.h"
#include "milter/auth/dkim/canonical_field.h"

namespace {

using milter::Canonicalization;

void need(bool holds) {
  if (!holds) std::abort();
}

std::string body_form(std::string_view body, Canonicalization form, std::size_t piece) {
  std::string out;
  milter::CanonicalBody canonical(form, [&](std::string_view text) { out += text; });
  for (std::size_t at = 0; at < body.size(); at += piece) canonical.add(body.substr(at, piece));
  canonical.finish();
  return out;
}

void check_hashes(std::string_view body, Canonicalization form, const std::string& whole, std::size_t piece) {
  const auto length = static_cast<std::int64_t>(piece);
  milter::BodyHashes hashes(
      {{form, milter::HashKind::sha256, std::nullopt}, {form, milter::HashKind::sha256, length}});
  for (std::size_t at = 0; at < body.size(); at += piece) hashes.add(body.substr(at, piece));
  const auto found = hashes.finish();
  need(found[0].digest == milter::hash_of(whole, milter::HashKind::sha256));
  need(found[1].too_short == (piece > whole.size()) && found[1].partial == (piece < whole.size()));
  need(found[1].too_short ||
       found[1].digest == milter::hash_of(whole.substr(0, piece), milter::HashKind::sha256));
}

void check_body(std::string_view body, std::size_t piece) {
  for (const auto form : {Canonicalization::simple, Canonicalization::relaxed}) {
    const auto whole = body_form(body, form, body.size() + 1);
    need(whole == body_form(body, form, piece));
    need(whole == body_form(whole, form, piece));
    need(whole.empty() || whole.ends_with("\r\n"));
    need(!whole.ends_with("\r\n\r\n") && whole.size() <= 2 * body.size() + 2);
    check_hashes(body, form, whole, piece);
  }
}

void check_field(std::string_view text) {
  const auto name = text.substr(0, text.size() / 4);
  std::string relaxed;
  milter::append_field(relaxed, name, text.substr(name.size()), Canonicalization::relaxed);
  need(relaxed.find('\n') == std::string::npos || name.find('\n') != std::string::npos);
  std::string simple;
  milter::append_field(simple, name, text.substr(name.size()), Canonicalization::simple);
  need(simple.size() > text.size() && simple.starts_with(name));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_body(text, 1U + data[0]);
  check_field(text);
  return 0;
}
