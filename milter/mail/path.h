// The reader of paths, under the names of this layer: see policy/path.h.
#pragma once
#include "policy/path.h"

namespace milter {

using policy::is_plain;
using policy::is_role;
using policy::kLongestAddress;
using policy::kLongestDomain;
using policy::kLongestLocalPart;
using policy::kLongestPath;
using policy::kMostHops;
using policy::parse_path;
using policy::Path;
using policy::resolve;
using policy::split_address;

}  // namespace milter
