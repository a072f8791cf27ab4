// What DNS lists told, in the words of the policy: which list says what, what it weighs. Pure; any thread.
#pragma once
#include "policy/observed.h"

namespace policy {

// The group of a list's facts: dnsbl_from for lists of From domains, which the message's end asks; dnsbl
// for all others.
std::string_view group_of(const List& list);

// The groups dnsbl and dnsbl_from. A list that was not asked leaves its fields open (InPart::unasked), one
// that was and gave no answer that counts leaves them open for trouble; a list that is switched off, or about
// which there is nothing to ask, does not. A group none of whose lists were asked stays absent; one without
// lists is known.
void derive_lists(const Policy& policy, const Host& host, Observed& observed);

}  // namespace policy
