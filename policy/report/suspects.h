// Refusals that were likely a mistake, as far as a log can tell. Pure; one thread at a time.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/record/record.h"
#include "policy/reply/reply.h"
#include "policy/report/frequent.h"
#include "policy/report/lists.h"
#include "policy/report/retries.h"

namespace policy {

// Why a refusal looks wrong, the strongest first.
enum class Doubt {
  aligned,   // a DKIM signature aligned with the From domain was good: so says the record
  related,   // the same by the names alone, where the record has no facts of DMARC
  retried,   // refused for good, and the same sender reached the same recipient later
  familiar,  // much mail of that domain had been accepted before, and SPF or DKIM says that this came from it
  single_list,  // refused because of a blocklist, and another one that answered did not have it
  elsewhere     // as retried, but refused for want of proof and accepted from a server of somebody else
};
inline constexpr std::size_t kDoubts = 6;
inline constexpr std::uint64_t kFamiliar = 20;  // messages: fewer may be what slipped through

inline constexpr std::size_t kMostSuspects = 5'000;          // pairs of domain and reason
inline constexpr std::size_t kMostAcceptedDomains = 50'000;  // some 5 MB
inline constexpr std::size_t kMostSuspectRefs = 3;           // to look at with `explain`

// One sender's domain, refused for one reason.
struct Suspect {
  std::string domain, reason;               // "<> (example.org)": a null sender, its From domain or client
  std::array<std::uint64_t, kDoubts> of{};  // refusals by Doubt; one may have several
  std::uint64_t refused = 0, would = 0;     // with a doubt: really refused; by a monitored rule
  std::uint64_t accepted_before = 0;        // messages of the domain, before the last one
  std::string list;                         // the last single list
  std::optional<Retry> retried, elsewhere;  // the last one for that doubt
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
  const ReportRetries& retries() const { return retries_; }

 private:
  std::vector<Doubt> doubts_about(const Record& record, const std::string& sender) const;
  bool another_answered(const Record& record, const std::string& list) const;
  void note_lists(const Record& record);
  Suspect& suspect(const std::string& sender, const std::string& reason);
  void add_refusal(const Record& record, const std::string& sender);
  void add_delivery(const Record& record);
  void add_retry(const Retry& retry);

  const Catalogue* catalogue_;
  Frequent<Suspect> suspects_{kMostSuspects};
  TextList blocklists_;  // ids that had somebody so far, kMostReportLists at most
  Frequent<std::uint64_t> accepted_{kMostAcceptedDomains};
  ReportRetries retries_;
};

// Whether a good DKIM signature was aligned with the From domain, and who says so.
enum class DkimAlignment {
  none,
  logged,  // the record: DMARC named DKIM, or a signature is of the organisational domain that DMARC found
  by_name  // no facts of DMARC: the signature's domain and the From domain are one, or one is below the other
};
DkimAlignment dkim_alignment(const Record& record);

}  // namespace policy
