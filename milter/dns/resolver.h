// DNS as the rest of the filter sees it: a question that never blocks, and an answer that is either
// firm or trouble.
//
// Trouble and stale records are types of their own. No fact can be made of them but "unavailable", so that a
// name server's bad day cannot become a permanent refusal: the compiler says so, not a convention.
//
// Threads: a Resolver may be used from any thread. A Lookup is a shared handle; copies may be used
// from any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "milter/dns/asker.h"
#include "policy/address.h"
#include "policy/fact.h"

namespace milter {

using Deadline = std::chrono::steady_clock::time_point;

enum class RecordType : std::uint16_t {
  a = 1,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28
};                                          // RFC 1035 3.2.2, RFC 3596
std::string_view to_text(RecordType type);  // "A", "PTR", "MX", "TXT", "AAAA"

struct MailExchanger {
  std::uint16_t preference = 0;
  std::string host;  // lower case, no trailing dot; "" is the root: a null MX (RFC 7505)
  bool operator==(const MailExchanger&) const = default;
};

// A firm answer: the authority's word. Only the vector of the asked type has elements; none unless
// `kind` is found.
struct Records {
  enum class Kind {
    found,
    no_data,
    no_name
  };  // no_data: the name exists, without this type. no_name: NXDOMAIN
  Kind kind = Kind::no_name;
  std::vector<policy::Address> addresses;  // A or AAAA
  std::vector<std::string> names;          // PTR: lower case, no trailing dot, bytes as they came
  std::vector<std::string> texts;  // TXT: one element a record, its character-strings joined; any bytes
  std::vector<MailExchanger> exchangers;  // MX, ascending preference
  bool authentic = false;                 // the AD bit: the resolver validated it (DNSSEC)
  std::chrono::seconds ttl{0};

  bool name_exists() const { return kind != Kind::no_name; }
  bool operator==(const Records&) const = default;
};

// No firm answer. Temporary by definition (RFC 5321 4.2.1: 4yz).
struct Trouble {
  enum class Kind { serv_fail, refused, timeout, bad_reply, overload };
  Kind kind = Kind::timeout;
  std::string detail;  // "TXT example.org: SERVFAIL": for the log
  // Whose trouble it is: the client's, where the allowance of its own network kept the question waiting; ours, where
  // we cannot ask.
  policy::Owner owner = policy::Owner::world;
  // Asked ahead, and not sent while nobody waited for it: as if it was never asked, so who needs the answer asks.
  bool dropped = false;
};
std::string_view to_text(Trouble::Kind kind);  // "SERVFAIL", "REFUSED", "time-out", "bad reply", "overload"

using Outcome = tl::expected<Records, Trouble>;

// The only fact that trouble can become.
inline policy::Unavailable unavailable(const Trouble& trouble) {
  return policy::Unavailable{trouble.detail, trouble.owner};
}

// A question under way, or answered. Dropping every handle does not cancel it: the answer still goes
// to the cache.
class Lookup {
 public:
  struct State;
  explicit Lookup(std::shared_ptr<State> state) : state_(std::move(state)) {}

  // The answer, or null when it is not here by `deadline` (which may have passed: then only looks). Blocks at
  // most until then. The pointer lives as long as any handle of this question.
  const Outcome* wait(Deadline deadline) const;
  const Outcome* peek() const { return wait(Deadline::min()); }

  // The allowance of the asker's network keeps it waiting, or did so for too long.
  bool is_held() const;
  const void* identity() const { return state_.get(); }  // the same for all who ask

  // Calls `then` once with the answer: at once in this thread if it is here, else later in the resolver's
  // thread, where it must not block; it may ask further questions.
  void on_done(std::function<void(const Outcome&)> then) const;

 private:
  std::shared_ptr<State> state_;
};

// The resolver's side of a Lookup.
class PendingLookup {
 public:
  PendingLookup();
  Lookup handle() const { return Lookup(state_); }
  void answer(Outcome outcome) const;  // set and wake; once, later calls are ignored
  // The two halves of it, for who answers many. False: it was answered before; else `outcome` is moved from.
  bool set(Outcome& outcome) const;
  void wake() const;  // who waits; runs what on_done left
  void held(bool is_held) const;
  const void* identity() const { return state_.get(); }  // of the question under way

 private:
  std::shared_ptr<Lookup::State> state_;
};

Lookup answered(Outcome outcome);  // a Lookup that is done already

class Resolver : public std::enable_shared_from_this<Resolver> {
 public:
  virtual ~Resolver() = default;

  // What keeps a resolver alive for a callback that asks it further: capture it beside the reference. Null
  // when no shared_ptr owns it; then it outlives its answers.
  std::shared_ptr<Resolver> owner() { return weak_from_this().lock(); }

  // Never blocks. `name` is dotted text, its bytes taken as they are (no escapes), case and a trailing dot
  // ignored. A name that DNS cannot hold (empty label, label over 63, name over 253 octets) is answered
  // no_name. CNAME chains are followed, at most kMostAliases long.
  virtual Lookup query(std::string_view name, RecordType type) = 0;

  // The same for somebody: who has lanes, and counts what each network asks, overrides it. Asked again by another, or
  // for a decision, a question that is open is the more urgent one's.
  virtual Lookup query_for(std::string_view name, RecordType type, const Asker& asker);
};

inline constexpr int kMostAliases =
    8;  // RFC 1034 3.6.2 gives no number; BIND stops at 16, nobody publishes over 8

// Whether DNS can hold `name`: see Resolver::query.
bool is_askable(std::string_view name);

}  // namespace milter
