// What accepted mail carries of our findings: Authentication-Results, a mark where the domain owner asks for
// quarantine, optionally Received-SPF; and what it may not carry: results forged in our name (RFC 8601
// section 5).
#pragma once
#include "milter/session/session.h"

namespace milter {

// Header fields beyond this are counted but not kept: a field takes 64 octets here besides its own, and a
// message may be nothing but fields of two letters. Real ones have some hundred.
inline constexpr std::size_t kMostHeaderFields = 10'000;

// Whether DKIM signatures must be verified while the body streams: the policy may ask, or a header reports
// it.
bool wants_dkim(const JudgeInput& input, const HeaderOptions& options, const policy::Observed& observed);

// A verifier for the message whose headers are complete.
std::shared_ptr<DkimVerifier> verify_dkim(const JudgeInput& input);

// Checks whose facts the headers report. None for trusted clients: their mail is not judged, so nothing is
// claimed.
std::vector<std::string> wanted_in_headers(const HeaderOptions& options, const policy::FactSet& facts);

// Removals first, from the highest occurrence down, then the insertions; the last one inserted stands on top.
std::vector<HeaderChange> header_changes(const std::vector<HeaderField>& headers,
                                         const HeaderOptions& options, std::string_view authserv_id,
                                         const policy::FactSet& facts);

}  // namespace milter
