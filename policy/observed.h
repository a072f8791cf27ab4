// What the world and SMTP told of one decision, before any policy reads it: what derive() makes facts of,
// what the log keeps raw and replay begins with. Pure values.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/fact.h"
#include "policy/policy.h"

namespace policy {

// Who decides: facts may depend on it.
struct Host {
  std::string name;  // site.name, or the name of the host where the policy leaves it out
};

// One question to one DNS list. Without a word of the policy's: codes, weights and names are looked up by derive().
struct ListAsked {
  std::string list;  // the id at that time, for people
  std::string zone;  // zone_hash(): the zone itself may hold a key
  ListOf of = ListOf::client_ip;
  std::string subject;         // the address or domain asked about; "" is nothing to ask, and nothing listed
  TextList addresses;          // the A records of the answer; none: not listed
  std::string trouble;         // why no answer came: "time-out"; "" if one did
  Owner owner = Owner::world;  // of that trouble
  std::string doubt;           // why the list did not count then: its test points, its standing; "" if it did
  bool forced = false;         // force: on, so that nobody looked whether it would have counted
  bool given_up = false;       // it had not counted for lists_give_up
  TextList points;  // with a doubt: what its test points answered, "127.0.0.2: SERVFAIL"; else empty
  bool operator==(const ListAsked&) const = default;
};

// What a source of recipients said of one mailbox.
struct SourceAnswer {
  std::string source;  // source_key() of who was asked
  std::string status;  // "known" … ; "" with a `why`
  std::optional<Unavailable> why;
  bool operator==(const SourceAnswer&) const = default;
};

// A recipient as SMTP brought him.
struct RecipientAsked {
  std::string path;                    // the RCPT argument, brackets and all
  std::string mta_address;             // {rcpt_addr}; "" when unknown
  bool refused = false;                // the MTA refused him itself; mta_address then is its text
  std::optional<SourceAnswer> answer;  // empty: nobody asked, or nobody needed to
  bool operator==(const RecipientAsked&) const = default;
};

struct Observed {
  FactSet facts;                            // observed fields; derive() adds the derived ones
  std::optional<RecipientAsked> recipient;  // under decision at rcpt; the first of the accepted at message
  std::vector<RecipientAsked> accepted;     // before this recipient; at message all
  std::vector<ListAsked> lists;             // each list once
  // The setting dmarc.mode under which the facts of DMARC were found: another mode asks for other names.
  // "": not asked.
  std::string dmarc_mode;
  bool operator==(const Observed&) const = default;
};

// A name for a list's zone that tells two apart on this host and gives no key away: 12 hex digits.
std::string zone_hash(std::string_view zone, const Host& host);

// The setting dmarc.mode, or its default.
std::string dmarc_mode(const Policy& policy);

// A name for a source, by which replay knows it again: "file:recipients.txt", with what else its answer depends on.
std::string source_key(const RecipientSource& source);

}  // namespace policy
