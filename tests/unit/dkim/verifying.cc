#include "tests/unit/dkim/verifying.h"

namespace milter::test {

ScriptedZone& put_keys(ScriptedZone& zone, const Keys& keys) {
  zone.put(keys.name, RecordType::txt, Records{.kind = Records::Kind::found, .texts = keys.records});
  return zone;
}

DkimResult verify(const Mail& mail, Resolver& zone, std::size_t chunk,
                  const std::vector<std::string>& authors) {
  DkimVerifier verifier({.fields = mail.fields, .author_domains = authors, .now = kNow});
  std::string_view rest = mail.body;
  while (!rest.empty()) {
    verifier.body(rest.substr(0, chunk));
    rest.remove_prefix(std::min(chunk, rest.size()));
  }
  return finish(verifier, zone);
}

DkimResult finish(DkimVerifier& verifier, Resolver& dns) {
  return run_to_end(dns, Deadline::min(), [&](Answers& answers) { return verifier.finish(answers); });
}

std::string verdict(const SignatureResult& signature) {
  std::string out(to_text(signature.word));
  if (signature.partial) out += " (partial)";
  return signature.reason.empty() ? out : out + " " + signature.reason;
}

std::string first_verdict(const DkimResult& result) {
  return result.signatures.empty() ? "none" : verdict(result.signatures.front());
}

}  // namespace milter::test
