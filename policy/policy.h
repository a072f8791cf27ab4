// A whole policy, as load() makes it. Immutable; shared by sessions as shared_ptr<const Policy>.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/address.h"
#include "policy/fact.h"
#include "policy/rule.h"

namespace policy {

struct Site {
  std::string name;     // our host name as replies and Authentication-Results give it; "" is the host's own
  std::string help;     // base URL of the help pages, no trailing slash; "" is none
  std::string contact;  // a mailbox for people who are refused; "" is none
};

struct Domains {
  std::vector<std::string> local;  // patterns: mail for these is delivered here
  std::vector<std::string> relay;  // patterns: mail for these is accepted and passed on
};

struct Trusted {
  std::vector<Network> networks;
  bool authenticated = true;  // whether a client that logged in is trusted
};

// What a list is asked about.
enum class ListOf { client_ip, helo, sender_domain, client_name, from_domain };
std::string_view to_text(ListOf of);  // "client-ip", "helo", "sender-domain", "client-name", "from-domain"

// One documented return code, or a range of them that differs in the last octet ("127.0.0.10-11").
struct ListCode {
  Address low, high;  // inclusive, both in 127/8
  std::string means;  // "PBL": short, for replies and the log
  int weight = 0;     // 0 in an allow list
};

enum class Force { none, on, off };

// A DNS list of addresses or domains, RFC 5782.
struct List {
  std::string id;    // "zen": how facts and logs call it
  std::string name;  // "Spamhaus ZEN": how replies call it
  std::string zone;  // where it is asked, key included; never printed
  ListOf of = ListOf::client_ip;
  bool allow = false;  // an allow list: its id goes to dnsbl.allowed
  std::string lookup;  // URL template of the operator's page for one address or domain; "" is none
  std::vector<ListCode> codes;
  Force force = Force::none;  // the operator's word against the health check
  Place at;
};

// As Sendmail has it, and Postfix where it has one.
inline constexpr const char* kRecipientDelimiter = "+";

// Which recipients of some domains exist.
struct RecipientSource {
  std::string domain;  // a pattern
  std::string source;  // "file"
  std::string path;    // as written; relative to the policy file's folder
  Place at;
  // user+tag is the mailbox user where it is not listed itself: at the first of these. "": no mailbox has extensions.
  std::string recipient_delimiter = kRecipientDelimiter;
  std::chrono::seconds vanished_for{
      std::chrono::hours(24)};  // how long who is gone from it is not yet unknown
};

// A case written into the policy: facts, or a session, and what must come of it. Kept as the text it
// was, for `test`.
struct PolicyTest {
  std::string name;
  std::string yaml;  // the item, as YAML again
  Place at;
};

// How long a list may not count before rules that refuse do without it, instead of deferring for it
// (if_unknown: defer): a night is too long to hold back all mail for one list that is gone. Never for
// accepts and exceptions.
inline constexpr std::chrono::seconds kListsGiveUp = std::chrono::hours(4);

struct Policy {
  std::string fingerprint;  // of the texts it was made from: 12 hex digits
  std::string file;
  Mode mode = Mode::enforce;
  Site site;
  Domains domains;
  Trusted trusted;
  std::vector<List> lists;
  std::chrono::seconds lists_give_up = kListsGiveUp;
  std::vector<RecipientSource> recipients;
  std::vector<Rule> rules;  // first match wins
  std::vector<Exception> exceptions;
  std::vector<PolicyTest> tests;
  std::map<std::string, Value> settings;  // "dmarc.mode": what a check may read beyond the above

  const Rule* rule(std::string_view id) const;   // null: none
  const List* list(std::string_view id) const;   // null: none
  bool is_local(std::string_view domain) const;  // domains.local
  bool is_ours(std::string_view domain) const;   // local or relay
};

}  // namespace policy
