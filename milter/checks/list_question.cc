#include "milter/checks/list_question.h"

#include <algorithm>
#include <optional>
#include <string>

#include "milter/checks/hidden_client.h"
#include "milter/dns/reverse_names.h"
#include "milter/lists/query_name.h"
#include "milter/lists/self_test.h"
#include "policy/codes.h"

namespace milter {
namespace {

// What one list is asked about.
struct ListSubject {
  std::string text;   // the address or domain; "" when there is none, or it is not known
  std::string query;  // never printed: may hold a key
  std::optional<policy::Unavailable> trouble;  // why it is not known
};

ListSubject subject_domain(const policy::List& list, const std::string& domain) {
  const auto query = query_name(list, domain);
  return query ? ListSubject{.text = domain, .query = *query, .trouble = {}} : ListSubject{};
}

// By its own questions, not from the ptr check's facts: what is asked must not depend on whether those are there.
ListSubject subject_client_name(const policy::List& list, const CheckInput& input, Answers& answers) {
  if (!input.connection.client) return {};
  if (auto why = hidden_client(input)) return {.trouble = std::move(why)};
  const auto names = reverse_names(*input.connection.client, answers);
  if (names.trouble)
    return {.trouble = policy::Unavailable{"the client's name is unknown: " + names.trouble->reason,
                                           names.trouble->owner}};
  return subject_domain(list, listable_domain(names.name));
}

ListSubject subject_of(const policy::List& list, const CheckInput& input, Answers& answers) {
  switch (list.of) {
    case policy::ListOf::client_ip:
      if (auto why = hidden_client(input)) return {.trouble = std::move(why)};
      if (const auto& client = input.connection.client)
        return {.text = client->text(), .query = query_name(list, *client), .trouble = {}};
      return {};
    case policy::ListOf::helo:
      return subject_domain(list, listable_domain(input.connection.helo));
    case policy::ListOf::sender_domain:
      return subject_domain(list, listable_domain_of(input.transaction.mail_from));
    case policy::ListOf::client_name:
      return subject_client_name(list, input, answers);
    case policy::ListOf::from_domain:
      if (const auto* why = input.facts.why_unknown("from.domain")) return {.trouble = *why};
      return subject_domain(list, listable_domain(input.facts.text("from.domain")));
  }
  return {};
}

bool may_be_asked(const Standing& standing) {
  return standing.kind == Standing::Kind::untested || standing.kind == Standing::Kind::believed;
}

// What the list's health is to be told of an answer about a subject.
std::vector<ListEvent> list_events(const policy::List& list, const std::string& subject,
                                   const Outcome& answer) {
  using Kind = ListEvent::Kind;
  if (!answer) return {{.kind = Kind::unanswered, .list = list.id, .text = {}}};
  const auto reading = policy::read_answer(list, answer->addresses);
  const bool listed =
      std::any_of(reading.listings.begin(), reading.listings.end(),
                  [&](const policy::Listing& listing) { return policy::weighs(list, listing); });
  if (reading.problems.empty()) return {{.list = list.id, .text = subject, .listed = listed}};
  std::vector<ListEvent> events;
  for (const auto& problem : reading.problems)
    events.push_back({.kind = Kind::problem, .list = list.id, .text = problem, .lies = reading.lies});
  return events;
}

// The answer as it came.
void add_answer(const Outcome& answer, policy::ListAsked& asked) {
  if (!answer) {
    const auto why = unavailable(answer.error());
    asked.trouble = to_text(answer.error().kind);
    asked.owner = why.owner;
    return;
  }
  for (const auto& address : answer->addresses) {
    if (asked.addresses.size() == policy::kMostCodes) break;
    asked.addresses.push_back(address.text());
  }
}

}  // namespace

std::vector<policy::FieldDoc> list_fields() {
  using policy::Kind;
  return {
      {"listed",
       "ids of the blocklists that list the client, or its names",
       {.derived = true, .lists = true},
       true},
      {"weight",
       "the weights of all their return codes added up",
       {.kind = Kind::number, .derived = true, .lists = true}},
      {"codes",
       "the documented return codes, allow lists' too: \"zen=127.0.0.2\"",
       {.derived = true, .lists = true},
       true},
      {"allowed",
       "ids of the allow lists that list the client, or its names",
       {.derived = true, .lists = true},
       true},
      {"problems",
       "lists that do not count just now, and why: \"zen: SERVFAIL for 192.0.2.1\"",
       {.evidence = true, .derived = true},
       true},
      {"names", "names of the blocklists in `listed`, for people", {.evidence = true, .derived = true}, true},
      {"means", "what the blocklists' return codes mean: \"SBL, PBL\"", {.evidence = true, .derived = true}},
      {"lookup",
       "page of the weightiest listing's operator for exactly this address or domain; or empty",
       {.evidence = true, .derived = true}},
      {"subject",
       "the address or domain that the weightiest listing is about; or empty",
       {.evidence = true, .derived = true}},
  };
}

Gathered ask_list(const CheckInput& input, Answers& answers) {
  const auto& list = *input.list;
  const auto& standing = *input.standing;
  Gathered gathered = policy::Fields{};
  policy::ListAsked asked{.list = list.id, .zone = policy::zone_hash(list.zone, input.host), .of = list.of};
  asked.forced = list.force == policy::Force::on;
  asked.doubt = standing.why;
  asked.given_up = standing.given_up;
  asked.points = standing.points;
  if (may_be_asked(standing)) {
    const auto subject = subject_of(list, input, answers);
    asked.subject = subject.text;
    if (subject.trouble) {
      asked.doubt = subject.trouble->reason;
      asked.owner = subject.trouble->owner;
    }
    const auto* answer = subject.query.empty() ? nullptr : answers.of_ours(subject.query, RecordType::a);
    std::optional<SelfTest> test;
    if (!subject.query.empty() && standing.kind == Standing::Kind::untested) test = ask_points(list, answers);
    if (!answers.all_here()) return gathered;
    if (answer) add_answer(*answer, asked);
    if (test && !test->problem.empty()) {
      asked.doubt = test->problem;
      asked.points = texts_of(test->points);
    }
    if (answer && asked.doubt == standing.why) gathered.events = list_events(list, subject.text, *answer);
  }
  gathered.list = std::move(asked);
  return gathered;
}

}  // namespace milter
