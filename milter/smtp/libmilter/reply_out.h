// The one way by which a reply leaves.
#pragma once
#include <libmilter/mfapi.h>

#include "policy/reply/reply.h"

namespace milter {

// Hands `reply` to libmilter and returns the callback's result: SMFIS_REJECT for 5xx, SMFIS_TEMPFAIL for 4xx.
// A reply that does not pass policy::lint, or that libmilter refuses, is replaced by a static text of the
// same class. To be called right before the callback returns: libmilter keeps a reply until it is used.
sfsistat send_reply(SMFICTX* context, const policy::Reply& reply);

// '%' doubled: MTAs use the text as a printf format.
std::string doubled_percent(std::string_view line);

}  // namespace milter
