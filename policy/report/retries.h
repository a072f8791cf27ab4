// Refusals for good after which the same sender reached the same recipient all the same. Pure; one thread
// at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/record/record.h"
#include "policy/report/frequent.h"

namespace policy {

inline constexpr std::size_t kMostAwaitedRetries = 20'000;  // some 10 MB
// RFC 5321 4.5.4.1: senders give up after four to five days. What comes later is another message.
inline constexpr std::int64_t kRetryWindow = 5 * 24 * 3600;  // seconds

// How the server that brought a retry belongs to the one that was refused. Large senders try again from any
// server of a pool.
enum class Kinship {
  same,    // one address
  kin,     // neighbours (/24, /64), or names that DNS confirms and that differ in the first label only
  foreign  // nothing says that they belong together
};

struct Client {
  std::string ip, name;       // name: "" is none
  bool is_confirmed = false;  // the name leads back to the address
};
Client client_of(const Record& record);
Kinship kinship(const Client& a, const Client& b);

// Mail that was refused, and what is known of it when it comes again.
struct Refusal {
  std::string sender, reason, ref;  // sender: the domain, as a report names it
  bool is_counted = false;          // as a likely mistake, for another cause
  Client client;
  std::int64_t time = 0;
  bool was_reached = false;  // some recipient of it was: the others tell nothing new
};

struct Retry {
  Refusal refused;
  Client client;             // that was accepted
  std::int64_t seconds = 0;  // between the two
};

class ReportRetries {
 public:
  void add_refusal(const Record& record, Refusal refusal);
  // The refusals that this delivery contradicts.
  std::vector<Retry> add_delivery(const Record& record);
  // Refusals for which there was no room as long as a retry could have come.
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  // One refusal for each recipient, and by each way in which its sender is known.
  Recent<std::shared_ptr<Refusal>> refusals_{kMostAwaitedRetries};
  std::uint64_t forgotten_ = 0;
};

}  // namespace policy
