// From a verdict to what is sent and logged: the reply that goes out, or would have, and the record of it.
#pragma once
#include "milter/session/session.h"

namespace milter {

// What a record says that is neither fact nor verdict.
struct RecordInput {
  const Connection& connection;
  const Transaction& transaction;
  const Snapshot& snapshot;
  const World& world;
  std::string session;  // id of the connection
  policy::Stage moment = policy::Stage::rcpt;
};

// The decision for a verdict: an enforced refusal has a reply; a monitored one only its text in the record.
Decision outcome(const RecordInput& record_input, const policy::Observed& observed, Decided judged);

// A recipient that the MTA refused itself: nothing to decide, but worth a line in the log.
Decision mta_reject(const RecordInput& record_input, const policy::Observed& observed);

// Our own fault: 451 4.3.0 and reason filter-error.
Decision filter_error(const RecordInput& record_input, std::string_view what);

}  // namespace milter
