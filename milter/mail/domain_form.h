// The form in which domains are compared, under the names of this layer: see policy/domain_form.h.
#pragma once
#include "policy/domain_form.h"

namespace milter {

using policy::to_a_labels;

}  // namespace milter
