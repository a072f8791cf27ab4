// From a name server's octets to records, or trouble. Everything in a reply is hostile: what is not exactly
// in form is a bad reply, which is temporary. Pure; any thread.
//
// What is left open by the RFCs, and how it is read here:
//   - NOERROR without records and without SOA is NODATA (RFC 2308 2.2, type 3): systemd-resolved and dnsmasq
//     answer so. But with NS records and without authority it is a referral: that server does not recurse.
//   - A chain of aliases that leads out of the reply is NODATA at its end if the server recurses (RA), else a
//     bad reply.
//   - A dot inside a label becomes "\.", so that two names never look the same.
//   - Octets after the last record are ignored.
#pragma once
#include "milter/dns/wire.h"

namespace milter {

// All sections together. A UDP reply of kUdpPayload holds about 75 addresses; nothing that mail
// needs is near.
inline constexpr std::size_t kMostReplyRecords = 512;

// Compression pointers in one name: it cannot have more labels than this (255 octets, RFC 1035 2.3.4).
inline constexpr int kMostPointers = 127;

// What the engine must know before it believes a reply.
struct ReplyFlags {
  bool truncated = false;     // TC: ask again over TCP
  bool format_error = false;  // FORMERR or NOTIMP: perhaps it does not know EDNS
};
ReplyFlags reply_flags(Octets reply);  // all false for what is shorter than a header

// `question` is what was asked; a reply to another is a bad reply. Records have the ttl of their shortest
// part, negative ones that of RFC 2308 section 5 (0 without SOA).
Outcome parse_reply(Octets reply, const Question& question);

}  // namespace milter
