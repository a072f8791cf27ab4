// Refusals that were likely a mistake, as far as a log can tell. Pure; one thread at a time.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/frequent.h"
#include "policy/record.h"
#include "policy/reply.h"

namespace policy {

// Why a refusal looks wrong, the strongest first.
enum class Doubt {
  aligned,      // a DKIM signature of the sender's or From domain was good
  retried,      // refused for good, and the same sender reached the same recipient later
  familiar,     // much mail of that domain had been accepted before, and nothing says that this was forged
  single_list,  // refused because of a blocklist, and no other list had it
};
inline constexpr std::size_t kDoubts = 4;
inline constexpr std::uint64_t kFamiliar = 20;  // messages: fewer may be what slipped through

inline constexpr std::size_t kMostSuspects = 5'000;          // pairs of domain and reason
inline constexpr std::size_t kMostAcceptedDomains = 50'000;  // some 5 MB
inline constexpr std::size_t kMostAwaitedRetries = 20'000;   // refusals that a later delivery may contradict
inline constexpr std::size_t kMostSuspectRefs = 3;           // to look at with `explain`

// One sender's domain, refused for one reason.
struct Suspect {
  std::string domain, reason;
  std::array<std::uint64_t, kDoubts> of{};  // refusals by Doubt; one may have several
  std::uint64_t refused = 0, would = 0;     // with a doubt: really refused; by a monitored rule
  std::uint64_t accepted_before = 0;        // messages of the domain, before the last one
  std::string list;                         // the last single list
  std::vector<std::string> refs;

  std::uint64_t operator[](Doubt doubt) const { return of[static_cast<std::size_t>(doubt)]; }
  std::uint64_t& operator[](Doubt doubt) { return of[static_cast<std::size_t>(doubt)]; }
  std::uint64_t total() const { return refused + would; }
};

class ReportSuspects {
 public:
  explicit ReportSuspects(const Catalogue& catalogue) : catalogue_(&catalogue) {}  // outlives us

  void add(const Record& record);
  // The likeliest mistakes first: by the strongest doubt, then by the next.
  std::vector<Suspect> likeliest(std::size_t most) const;
  std::size_t count() const { return suspects_.all().size(); }

 private:
  struct Refusal {
    std::string domain, reason, ref;
  };
  std::vector<Doubt> doubts_about(const Record& record, const std::string& domain) const;
  Suspect& suspect(const std::string& domain, const std::string& reason);
  void add_refusal(const Record& record, const std::string& domain);
  void await_retry(const Record& record, const std::string& domain);
  void add_delivery(const Record& record, const std::string& domain);
  void add_retry(const Refusal& refusal);

  const Catalogue* catalogue_;
  Frequent<Suspect> suspects_{kMostSuspects};
  Frequent<std::uint64_t> accepted_{kMostAcceptedDomains};
  Recent<Refusal> refusals_{kMostAwaitedRetries};
};

// A good DKIM signature of the record's From or envelope domain, or of one above or below it, or DMARC says
// so.
bool has_aligned_signature(const Record& record);

}  // namespace policy
