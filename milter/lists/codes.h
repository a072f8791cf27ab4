// What a list's answer means, under the names of this layer: see policy/codes.h.
#pragma once
#include "policy/codes.h"

namespace milter {

using policy::display_name;
using policy::explain_answer;
using policy::kMostCodes;
using policy::Listing;
using policy::lookup_url;
using policy::read_answer;
using ListAnswer = policy::ListReading;

}  // namespace milter
