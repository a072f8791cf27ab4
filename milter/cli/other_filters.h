// Other filters of this host that write Authentication-Results, as their own files have it:
// opendkim, opendmarc, rspamd.
#pragma once
#include <string>
#include <vector>

#include "milter/cli/config.h"
#include "policy/diagnostic.h"

namespace milter {

struct OtherFilter {
  std::string name;  // "opendkim"
  std::string id;    // its authserv-id
  policy::Place at;  // where its file says so; line 0: by default
};

// Those whose files are below `etc` ("/etc"). `host`: the id of those that do not say one; may
// be slow, and is asked for these alone.
std::vector<OtherFilter> other_filters(const std::string& etc, std::string (*host)());

// Each filter must have an id of its own, and somebody who removes what strangers write in it. `own_id`: ours.
std::vector<policy::Diagnostic> advise_on_filters(const std::vector<OtherFilter>& filters,
                                                  const Config& config, const std::string& own_id);

}  // namespace milter
