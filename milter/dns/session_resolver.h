// A session's share of DNS: one message cannot make the filter ask without end (an SPF tree with a hundred leaves, a
// header of DKIM signatures), and what was asked once for a message is not asked again. How much of what all sessions
// share its network may have at a time is the engine's business (network_shares.h).
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

#include "milter/dns/resolver.h"

namespace milter {

// Different questions for one message, beside those to lists, which are as many as the policy has. The worst record
// that RFC 7208 4.6.4 allows asks for about 110; real mail for less than 30.
inline constexpr std::size_t kMostQuestionsAMessage = 256;

// Any thread. `inner` outlives every Lookup and callback made through it. Hold it by shared_ptr: what it asks
// may be answered after the session has ended.
class SessionResolver : public Resolver {
 public:
  explicit SessionResolver(Resolver& inner, std::size_t most_questions = kMostQuestionsAMessage)
      : inner_(inner), most_questions_(most_questions) {}

  // For a decision, of a stranger's name.
  Lookup query(std::string_view name, RecordType type) override;
  // The asker's client is the session's. Past the bound: Trouble overload, the client's, at once. A question asked
  // before gives the same handle again, and is free.
  Lookup query_for(std::string_view name, RecordType type, const Asker& asker) override;

  void client(const std::optional<policy::Address>& address);  // whose session it is
  void renew();                                                // the next message: its questions are its own

 private:
  struct Asked {
    Lookup lookup;
    Urgency urgency;
  };
  Resolver& inner_;
  const std::size_t most_questions_;
  std::mutex mutex_;
  std::optional<policy::Address> client_;
  std::size_t of_strangers_ = 0;  // among `asked_`
  std::map<std::tuple<std::string, RecordType, Lane>, Asked> asked_;
};

}  // namespace milter
