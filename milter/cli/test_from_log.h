// A false refusal becomes a test: a record of the log, written as a test case.
#pragma once
#include <string>
#include <tl/expected.hpp>

#include "policy/record/record.h"

namespace milter {

// A file of one case that `fivefifty test` reads: the record's facts, and its verdict as what is expected.
// `policy_path`: the policy to test, "" is the built-in one. The error is a sentence: the record holds no
// facts, or no policy decided it.
tl::expected<std::string, std::string> case_from_record(const policy::Record& record,
                                                        const std::string& policy_path);

}  // namespace milter
