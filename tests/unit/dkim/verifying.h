// Runs a DkimVerifier over a test message.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "milter/auth/dkim/verify.h"
#include "milter/dns/zone.h"
#include "tests/unit/dkim/signer.h"
#include "tests/unit/support/run_to_end.h"

namespace milter::test {

inline constexpr std::int64_t kNow = 1'795'521'600;  // 2026-11-24T12:00:00Z

inline constexpr const char* kKeyName = "k1._domainkey.example.org";

struct Keys {
  std::string name;
  std::vector<std::string> records;
};

ScriptedZone& put_keys(ScriptedZone& zone, const Keys& keys);

// The body is handed over in pieces of `chunk` octets.
DkimResult verify(const Mail& mail, Resolver& zone, std::size_t chunk = 65536,
                  const std::vector<std::string>& authors = {"example.org"});

// With the keys that are here.
DkimResult finish(DkimVerifier& verifier, Resolver& dns);

// "fail body hash did not verify", "pass": the first signature.
std::string first_verdict(const DkimResult& result);
std::string verdict(const SignatureResult& signature);

}  // namespace milter::test
