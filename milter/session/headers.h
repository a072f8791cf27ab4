// What accepted mail carries of our findings: Authentication-Results, a mark where the domain owner asks
// for quarantine, optionally Received-SPF; and what it may not carry: results forged in our name
// (RFC 8601 section 5).
#pragma once
#include "milter/session/session.h"

namespace milter {

// As on the wire, with colon and line end.
std::int64_t octets_of(const HeaderField& field);

// The id in whose name we write.
std::string authserv_id(const HeaderOptions& options, const std::string& site_name);

// In whose names a client must bring no results.
struct OurNames {
  std::vector<std::string> ids;  // of Authentication-Results
  std::string receiver;          // of Received-SPF; "" where we write none: then others on this host may
};
OurNames our_names(const HeaderOptions& options, const std::string& site_name,
                   const std::optional<policy::Address>& client);

// Counts a field, the next of its message.
void count(const HeaderField& field, const OurNames& ours, HeaderCounts& counts);

// Whether it is known of all claims which they are. Where not, mail that no rule refuses is deferred.
bool can_be_cleaned(const HeaderCounts& counts);

// Whether DKIM signatures must be verified while the body streams: the policy may ask, or a
// header reports it.
bool wants_dkim(const JudgeInput& input, const HeaderOptions& options, const policy::Observed& observed);

// A verifier for the message whose headers are complete.
std::shared_ptr<DkimVerifier> verify_dkim(const JudgeInput& input);

// Checks whose facts the headers report. None for trusted clients: their mail is not judged, so
// nothing is claimed.
std::vector<std::string> wanted_in_headers(const HeaderOptions& options, const policy::FactSet& facts);

// Removals first, from the highest occurrence down, so that removing one does not renumber the next; then the
// insertions: the last one inserted stands on top. `own_id`: authserv_id().
std::vector<HeaderChange> header_changes(const HeaderCounts& counts, const HeaderOptions& options,
                                         std::string_view own_id, const policy::FactSet& facts);

}  // namespace milter
