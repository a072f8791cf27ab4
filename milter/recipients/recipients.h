// Which mailboxes exist, by the sources that the policy names for its domains.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "milter/recipients/status.h"
#include "policy/diagnostic.h"
#include "policy/fact.h"
#include "policy/policy.h"

namespace milter {

using StatusAnswer = tl::expected<Status, policy::Unavailable>;

// Any thread; nothing in it ever waits, for a disk or for a lock.
class Recipients {
 public:
  virtual ~Recipients() = default;

  // The mailbox local@domain, `domain` as policy::normal_name gives it, `local` without quotes. Local parts
  // are compared without case, as every mail store in use does; "user+tag" is whatever "user" is unless it is
  // listed itself (RecipientSource::recipient_delimiter). known where no source is configured for the domain.
  // Unavailable: nobody knows, because of trouble with our own source (Owner::ours). It says what is so at
  // this moment: a decision asks once for each recipient, and keeps the answer (policy::SourceAnswer).
  virtual StatusAnswer find(std::string_view local, std::string_view domain) const = 0;
};

// Says a sentence to the operator. Called from any thread.
using Say = std::function<void(const std::string&)>;

struct RecipientOptions {
  // Each file has a thread that looks at it until the Recipients are gone. Else it is read once, and
  // nothing is written.
  bool watch = false;
  std::string state_folder;  // what vanished when is kept there over a restart; "": it is forgotten
  std::chrono::milliseconds patience{
      2000};  // with all first looks together; afterwards they go on in their threads
};

// All sources of `policy.recipients`, the first whose pattern matches the domain answers. Null: there are
// none. Relative paths are taken from the folder of policy.file. `previous`: those of the policy before a
// reload, whose files are not opened anew; may be null. A reload is no sign that anything was meant.
std::shared_ptr<const Recipients> open_recipients(const policy::Policy& policy, const Say& say,
                                                  const Recipients* previous = nullptr,
                                                  const RecipientOptions& options = {});

// The files that answer for this domain, by the path that is opened; empty: none.
std::string recipient_file_of(const policy::Policy& policy, std::string_view domain);

// What is wrong with the files of `policy.recipients` as they are now, read by who we are: an error is what
// makes mail be deferred.
std::vector<policy::Diagnostic> check_recipients(const policy::Policy& policy);

}  // namespace milter
