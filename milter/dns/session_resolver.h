// A session's share of DNS: one client cannot make the filter ask without end (an SPF tree with a hundred
// leaves, a header of DKIM signatures), and what was asked once for a message is not asked again.
#pragma once
#include <map>
#include <mutex>
#include <utility>

#include "milter/dns/resolver.h"

namespace milter {

// Questions of one session that may be open at a time: a dozen lists, an SPF record's ten terms, ten
// signatures, DMARC.
inline constexpr int kMostOpenASession = 64;

// Different questions for one message. The worst record that RFC 7208 4.6.4 allows asks for about 110; real
// mail for less than 30.
inline constexpr std::size_t kMostQuestionsAMessage = 256;

// Any thread. `inner` outlives every Lookup and callback made through it. Hold it by shared_ptr: what it asks
// may be answered after the session has ended.
class SessionResolver : public Resolver {
 public:
  explicit SessionResolver(Resolver& inner, int most_open = kMostOpenASession,
                           std::size_t most_questions = kMostQuestionsAMessage);

  // Past a cap: Trouble overload, at once. A question asked before gives the same handle again, and is free.
  Lookup query(std::string_view name, RecordType type) override;

  // The next message: its questions are its own. What is open stays counted until it is answered.
  void renew();

 private:
  struct Open;
  Resolver& inner_;
  const std::size_t most_questions_;
  std::shared_ptr<Open> open_;  // shared with the callbacks that count down
  std::mutex mutex_;
  std::map<std::pair<std::string, RecordType>, Lookup> asked_;
};

}  // namespace milter
