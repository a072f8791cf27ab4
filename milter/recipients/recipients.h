// Which mailboxes exist, by the sources that the policy names for its domains.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/fact.h"
#include "policy/policy.h"

namespace milter {

// What a source says of a mailbox. The words are for ever: files, policies and logs use them.
enum class Status { known, unknown, full, disabled, maintenance };
std::string_view to_text(Status status);
std::optional<Status> parse_status(std::string_view word);  // ASCII case does not count

using StatusAnswer = tl::expected<Status, policy::Unavailable>;

// Any thread.
class Recipients {
 public:
  virtual ~Recipients() = default;

  // The mailbox local@domain, `domain` as policy::normal_name gives it, `local` without quotes. Local parts
  // are compared without case, as every mail store in use does; "user+tag" is whatever "user" is unless it is
  // listed itself. known where no source is configured for the domain. Never waits for the network.
  virtual StatusAnswer find(std::string_view local, std::string_view domain) const = 0;
};

// Says a sentence to the operator. Called from any thread.
using Say = std::function<void(const std::string&)>;

// All sources of `policy.recipients`, the first whose pattern matches the domain answers. Null: there are
// none. Relative paths are taken from the folder of policy.file. A file that cannot be read is said and is
// Unavailable; so is who is not listed in a file with a line that cannot be
// read. `previous`: those of the policy before a reload, whose good contents are kept; may be null.
std::shared_ptr<const Recipients> open_recipients(const policy::Policy& policy, const Say& say,
                                                  const Recipients* previous = nullptr);

}  // namespace milter
