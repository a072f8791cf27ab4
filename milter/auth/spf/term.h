// The one place that uses libspf2: whether a client matches one mechanism, given what DNS answered.
//
// libspf2 sees a record of one term that we wrote ("v=spf1 a:t.t.invalid/24") and answers that are here
// already, under names that we made up; it never sees a byte of the sender's text, and never waits. Why not
// more of it: as a whole-record checker it fails 76 of the 203 cases of the RFC 7208 suite, has no limit on
// the lookups of nested includes, and smashes the stack on some macros (CVE-2023-42118).
//
// Threads: an SpfTermEvaluator belongs to one thread at a time; of_this_thread() gives each its own.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "policy/address.h"

namespace milter {

// A name that the client's address resolves to, and what that name resolves to.
struct SpfPointer {
  bool below_target = false;  // the name is the target or ends in it
  std::vector<policy::Address> addresses;
};

// Answer of every question: does the client match? An error of libspf2, which nothing we ask of it should
// cause, throws std::logic_error.
class SpfTermEvaluator {
 public:
  static SpfTermEvaluator& of_this_thread();

  SpfTermEvaluator();
  ~SpfTermEvaluator();
  SpfTermEvaluator(const SpfTermEvaluator&) = delete;
  SpfTermEvaluator& operator=(const SpfTermEvaluator&) = delete;

  // a: any of the addresses, compared by their first `prefix` bits. Addresses of the other family
  // do not count.
  bool among(const policy::Address& client, const std::vector<policy::Address>& addresses, int prefix);

  // mx: the addresses of each exchanger; at most kMostSpfHosts of them.
  bool among_exchangers(const policy::Address& client,
                        const std::vector<std::vector<policy::Address>>& exchangers, int prefix);

  // ptr: at most kMostSpfHosts names.
  bool named(const policy::Address& client, const std::vector<SpfPointer>& names);

  // exists.
  bool exists(const policy::Address& client, const std::vector<policy::Address>& addresses);

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

// RFC 7208 4.6.4: names looked up for one mx, ptr or %{p}.
inline constexpr std::size_t kMostSpfHosts = 10;

}  // namespace milter
