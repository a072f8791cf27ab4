// A session's share of DNS: one client cannot make the filter ask without end (a message with a thousand
// signatures, an SPF tree with a hundred leaves).
#pragma once
#include <atomic>

#include "milter/dns/resolver.h"

namespace milter {

// Room for ten SPF terms with a few exchangers each (RFC 7208 4.6.4), a dozen lists, ten signatures and
// DMARC.
inline constexpr int kMostQueriesASession = 64;

// Any thread. `inner` must outlive it.
class SessionResolver : public Resolver {
 public:
  explicit SessionResolver(Resolver& inner, int most = kMostQueriesASession) : inner_(inner), left_(most) {}

  // Past the cap: Trouble overload, at once. Questions answered from the cache count too.
  Lookup query(std::string_view name, RecordType type) override;
  // Gives the full share again: for the next message of the session.
  void renew(int most = kMostQueriesASession) { left_ = most; }

 private:
  Resolver& inner_;
  std::atomic<int> left_;
};

}  // namespace milter
