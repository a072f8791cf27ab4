// Routes within an address, under the names of this layer: see policy/route.h.
#pragma once
#include "milter/mail/path.h"
#include "policy/route.h"

namespace milter {

using policy::followed_path;
using policy::in_a_labels;
using policy::is_domain_of_ours;

}  // namespace milter
