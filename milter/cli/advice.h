// Warnings that need more than the policy: the mail server's own settings, and what a log says was of use.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "policy/diagnostic.h"
#include "policy/policy.h"

namespace milter {

// With our relay control, a Postfix that accepts when the filter is down is an open relay just then: each
// place in its main.cf that says so (milter_default_action, or default_action of one milter). None without
// relay control of ours.
std::vector<policy::Diagnostic> advise_on_main_cf(const policy::Source& main_cf,
                                                  const policy::Policy& policy);

// Exceptions that let no mail of a log pass: candidates for deletion. `used`: ids that did.
std::vector<policy::Diagnostic> advise_on_exceptions(const policy::Policy& policy,
                                                     const std::set<std::string>& used);

}  // namespace milter
