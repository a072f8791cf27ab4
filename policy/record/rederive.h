// The facts of a record as another policy has them: derived anew from what was observed. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "policy/record/record.h"
#include "policy/schema.h"

namespace policy {

// The fields that derive() makes. Immutable; any thread.
class DerivedFields {
 public:
  explicit DerivedFields(const Schema& schema);

  bool contains(FieldPath path) const { return all_.contains(path); }
  // Those that a policy may ask for.
  const std::vector<FieldPath>& paths() const { return paths_; }

 private:
  std::vector<FieldPath> paths_;
  FieldPathSet all_;
};

// Observations with the facts that a policy derives from them, and no others of that kind.
Observed derived_anew(const Observed& observed, const Policy& policy, const Host& host,
                      const DerivedFields& derived);

// What was observed, with the facts that `policy` derives from it on the record's host. A field that this
// policy would have observed otherwise (the facts of DMARC in another mode) is absent: nobody asked for it.
//
// A record of version 1 holds no observations, only what its own policy derived.
//   Its own policy: the derived facts are those that were logged.
//   Another one: client.trusted, helo.ours, and of plain addresses recipient.ours, recipient.role and who the message is
//   for are derived from other facts; of the lists only those that had something to say are known to have been asked.
//   All else that is derived is absent.
//   Either: where a list gave no answer, what the lists said is known in part; where DMARC's result is unavailable, so is
//   who vouched. Version 1 logged both as known.
Observed rederived(const Record& record, const Policy& policy, const DerivedFields& derived);

// The name of the host as it is for this policy.
Host host_of(const Record& record, const Policy& policy);

}  // namespace policy
