// What a log says about a server's refusals, summed up for one page, in bounded memory whatever the log
// holds. Pure; one thread at a time. Members are read by whoever prints them; only add() changes them.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/record/record.h"
#include "policy/reply/reply.h"
#include "policy/report/frequent.h"
#include "policy/report/lists.h"
#include "policy/report/suspects.h"
#include "policy/report/time.h"

namespace policy {

inline constexpr std::size_t kMostReportSenders =
    20'000;  // domains, addresses, mailboxes: words of strangers

// How often each event happened.
struct EventCounts {
  std::array<std::uint64_t, 6> of{};

  std::uint64_t operator[](Event event) const { return of[static_cast<std::size_t>(event)]; }
  std::uint64_t& operator[](Event event) { return of[static_cast<std::size_t>(event)]; }
  std::uint64_t total() const;
  std::uint64_t refused() const { return (*this)[Event::reject] + (*this)[Event::defer]; }
  std::uint64_t would() const { return (*this)[Event::would_reject] + (*this)[Event::would_defer]; }
};

// One reason, with the last reply that was sent (or would have been) for it.
struct ReasonCounts : EventCounts {
  std::vector<std::string> reply;
  std::string ref;
};

struct ClientCounts : EventCounts {
  std::string name;  // of its PTR record; "" is none
};

// A fact that could not be found out.
struct TroubleCounts {
  std::uint64_t seen = 0;
  std::uint64_t deferred = 0;  // of these, where mail was deferred because of it
  std::string example;         // the last cause that was logged
  std::uint64_t total() const { return seen; }
};

struct Report {
  explicit Report(const Catalogue& catalogue) : suspects(catalogue), catalogue_(&catalogue) {}  // outlives us

  void add(const Record& record);
  void add_unreadable(std::string why);  // a line that is no record; the first reason is kept

  std::string from, to;  // the earliest and latest ts; "" before any record with a usable one
  EventCounts events;
  std::uint64_t accepted_messages = 0;  // at their end, whatever a monitored rule says
  std::uint64_t unreadable = 0;
  std::string first_unreadable;

  ReportTimes times;

  Frequent<ReasonCounts> reasons{kMostReportNames};
  Frequent<EventCounts> senders{kMostReportSenders};  // domains of refused mail
  Frequent<ClientCounts> clients{kMostReportSenders};
  Frequent<EventCounts> rules{kMostReportNames};  // those that decided, or would have
  Frequent<std::uint64_t> exceptions{kMostReportNames};
  Frequent<std::uint64_t> policies{kMostReportNames};  // records by fingerprint
  ReportLists lists;
  ReportSuspects suspects;

  Frequent<TroubleCounts> troubles{kMostReportNames};    // by fact: "spf", "client.name"
  Frequent<std::uint64_t> own_faults{kMostReportNames};  // deferrals for reasons of category `system`

  // Unknown recipients of ours: how often in all, by our own user (or trusted client), and by recipient where
  // the sender was null: bounces to addresses that never existed here.
  std::uint64_t unknown_recipients = 0;
  Frequent<std::uint64_t> unknown_by_user{kMostReportSenders};
  Frequent<std::uint64_t> bounced_to{kMostReportSenders};

 private:
  void add_refused(const Record& record);
  void add_rules(const Record& record);
  void add_trouble(const Record& record);
  void add_unknown_recipient(const Record& record);

  const Catalogue* catalogue_;
};

// Ids of the policy's rules that no record names, in the policy's order. Those that load() added by itself
// (they stand in no line) are the admin's no more than they are idle.
std::vector<std::string> never_fired(const Report& report, const Policy& policy);
std::vector<std::string> never_used_exceptions(const Report& report, const Policy& policy);

// The catalogue's category of a reason; "" when it is not there.
std::string_view category_of(const Catalogue& catalogue, std::string_view reason);

}  // namespace policy
