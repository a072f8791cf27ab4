#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "milter/checks/check.h"
#include "milter/lists/codes.h"
#include "milter/lists/health.h"
#include "milter/lists/query_name.h"
#include "milter/lists/self_test.h"

namespace milter {
namespace {

struct Dnsbl {
  policy::TextList listed;
  std::int64_t weight = 0;
  policy::TextList codes, allowed, problems, names;
  std::string means, lookup;
  static constexpr std::tuple fields{
      policy::Field{"listed", &Dnsbl::listed, "ids of the blocklists that list the client, or its names"},
      policy::Field{"weight", &Dnsbl::weight, "the weights of all their return codes added up"},
      policy::Field{"codes", &Dnsbl::codes,
                    "the documented return codes, allow lists' too: \"zen=127.0.0.2\""},
      policy::Field{"allowed", &Dnsbl::allowed, "ids of the allow lists that list the client, or its names"},
      policy::Field{"problems", &Dnsbl::problems,
                    "lists that do not count just now, and why: \"zen: SERVFAIL for 192.0.2.1\""},
      policy::Field{"names", &Dnsbl::names, "names of the blocklists in `listed`, for people"},
      policy::Field{"means", &Dnsbl::means, "what the blocklists' return codes mean: \"SBL, PBL\""},
      policy::Field{"lookup", &Dnsbl::lookup,
                    "page of the weightiest listing's operator for exactly this address or domain; or empty"},
  };
};

// What one list is asked about in this session.
struct Subject {
  std::string text;     // the address or domain; "" when there is none, or it is not known
  std::string query;    // never printed: may hold a key
  std::string trouble;  // why it is not known; "" is no trouble
};

struct Question {
  const policy::List& list;
  Subject subject;
  Standing standing;
  std::optional<PointLookups> points;  // asked when nobody knows yet whether the list may be believed
  std::optional<Lookup> lookup;
};

Subject of_domain(const policy::List& list, const std::string& domain) {
  const auto query = query_name(list, domain);
  return query ? Subject{.text = domain, .query = *query} : Subject{};
}

// The PTR name as the ptr check told it; without that check the first of the record, confirmed or not.
Subject of_client_name(const policy::List& list, const Asking& asking) {
  if (const auto known = asking.facts.text("client.name"); !known.empty())
    return of_domain(list, listable_domain(known));
  const auto& client = asking.connection.client;
  if (!client) return {};
  const auto lookup = asking.env.dns.query(client->reverse_name(), RecordType::ptr);
  const auto* outcome = lookup.wait(asking.deadline);
  if (!outcome) return {.trouble = fmt::format("{} for the client's name", kNoAnswerInTime)};
  if (!*outcome) return {.trouble = fmt::format("{} for the client's name", to_text(outcome->error().kind))};
  return (*outcome)->names.empty() ? Subject{} : of_domain(list, listable_domain((*outcome)->names.front()));
}

// Before the headers there is no such name yet; when they are there the session has lists asked anew.
Subject of_from_domain(const policy::List& list, const policy::FactSet& facts) {
  return of_domain(list, listable_domain(facts.text("from.domain")));
}

Subject subject_of(const policy::List& list, const Asking& asking) {
  switch (list.of) {
    case policy::ListOf::client_ip:
      if (const auto& client = asking.connection.client)
        return {.text = client->text(), .query = query_name(list, *client)};
      return {};
    case policy::ListOf::helo:
      return of_domain(list, listable_domain(asking.connection.helo));
    case policy::ListOf::sender_domain:
      return of_domain(list, listable_domain_of(asking.transaction.mail_from));
    case policy::ListOf::client_name:
      return of_client_name(list, asking);
    case policy::ListOf::from_domain:
      return of_from_domain(list, asking.facts);
  }
  return {};
}

bool may_be_asked(const Standing& standing) {
  return standing.kind == Standing::Kind::untested || standing.kind == Standing::Kind::believed ||
         standing.kind == Standing::Kind::surging;
}

Question ask(const policy::List& list, const Asking& asking) {
  Question question{.list = list,
                    .subject = {},
                    .standing = asking.env.lists ? asking.env.lists->standing(list) : standing_untested(list),
                    .points = {},
                    .lookup = {}};
  if (!may_be_asked(question.standing)) return question;
  question.subject = subject_of(list, asking);
  if (question.subject.query.empty()) return question;
  question.lookup = asking.env.dns.query(question.subject.query, RecordType::a);
  if (question.standing.kind == Standing::Kind::untested)
    question.points = PointLookups::start(asking.env.dns, list);
  return question;
}

// All of them before any is waited for.
std::vector<Question> ask_all(const Asking& asking) {
  std::vector<Question> questions;
  for (const auto& list : asking.env.policy.lists) questions.push_back(ask(list, asking));
  return questions;
}

// A blocklist's code of weight 0 is documented and says nothing against the client.
bool weighs(const policy::List& list, const Listing& listing) { return list.allow || listing.weight > 0; }

bool lists_the_client(const policy::List& list, const std::vector<Listing>& listings) {
  return std::any_of(listings.begin(), listings.end(),
                     [&](const Listing& listing) { return weighs(list, listing); });
}

// Why this list's answer does not count; "" if it does.
std::string doubt(const Question& question, Deadline deadline) {
  if (!question.standing.why.empty()) return question.standing.why;
  if (!question.subject.trouble.empty()) return question.subject.trouble;
  return question.points ? question.points->result(question.list, deadline).problem : "";
}

// Why no answer came about the client; "" if one did.
std::string_view silence(const Question& question, Deadline deadline) {
  const auto* outcome = question.lookup->wait(deadline);
  if (!outcome) return kNoAnswerInTime;
  return *outcome ? std::string_view{} : to_text(outcome->error().kind);
}

// The list's answer in this session's words: listings, or why there are none.
ListAnswer answer_to(const Question& question, const Asking& asking) {
  auto* health = asking.env.lists;
  if (const auto what = silence(question, asking.deadline); !what.empty()) {
    if (health) health->unanswered(question.list.id);
    return {.problems = {fmt::format("{} for {}", what, question.subject.text)}};
  }
  const auto* outcome = question.lookup->wait(asking.deadline);
  auto answer = read_answer(question.list, (*outcome)->addresses);
  if (health) {
    if (answer.problems.empty())
      health->observe(question.list.id, question.subject.text,
                      lists_the_client(question.list, answer.listings));
    for (const auto& problem : answer.problems)
      health->problem(question.list.id, problem, answer.lies, asking.env.clock.unix_millis());
  }
  return answer;
}

// The sum of the facts so far, and what they were made of.
class Tally {
 public:
  void problem(const policy::List& list, const std::string& what) {
    facts_.problems.push_back(list.id + ": " + what);
  }

  void listings(const Question& question, const std::vector<Listing>& listings) {
    const auto& list = question.list;
    for (const auto& listing : listings) facts_.codes.push_back(list.id + "=" + listing.code);
    if (!lists_the_client(list, listings)) return;
    if (list.allow)
      facts_.allowed.push_back(list.id);
    else
      blocked(question, listings);
  }

  // An allow list that might have spoken for the client: then an exception for its friends is not settled.
  void silent(const policy::List& list, std::string_view what) {
    if (list.allow && !silent_) silent_ = policy::Unavailable{fmt::format("{}: {}", list.id, what)};
  }

  policy::Fact fact() && {
    facts_.means = fmt::format("{}", fmt::join(means_, ", "));
    const bool allowed = !facts_.allowed.empty();
    auto fact = policy::to_fact(facts_);
    for (auto& [name, value] : std::get<policy::Fields>(fact))
      if (name == "allowed" && silent_ && !allowed) value = *silent_;
    return fact;
  }

 private:
  void blocked(const Question& question, const std::vector<Listing>& listings) {
    const auto& list = question.list;
    std::int64_t weight = 0;
    for (const auto& listing : listings) {
      if (!weighs(list, listing)) continue;
      weight += listing.weight;
      if (!listing.means.empty() && std::find(means_.begin(), means_.end(), listing.means) == means_.end())
        means_.push_back(listing.means);
    }
    facts_.listed.push_back(list.id);
    facts_.names.push_back(display_name(list));
    facts_.weight += weight;
    if (weight <= heaviest_) return;
    heaviest_ = weight;
    facts_.lookup = lookup_url(list, question.subject.text);
  }

  Dnsbl facts_;
  std::optional<policy::Unavailable> silent_;
  std::vector<std::string> means_;
  std::int64_t heaviest_ = 0;
};

void settle(const Question& question, const Asking& asking, Tally& tally) {
  const bool asked = question.lookup.has_value();
  const auto why = doubt(question, asking.deadline);
  // A list in monitor is asked all the same: that is how its calming down is noticed.
  const bool surging = question.standing.kind == Standing::Kind::surging;
  if (asked && (why.empty() || surging)) {
    const auto answer = answer_to(question, asking);
    for (const auto& problem : answer.problems) tally.problem(question.list, problem);
    if (!surging) tally.listings(question, answer.listings);
  }
  if (!why.empty()) tally.problem(question.list, why);
  if (!asked) return;
  if (const auto what = silence(question, asking.deadline); !what.empty()) tally.silent(question.list, what);
}

policy::Fact gather(const Asking& asking) {
  Tally tally;
  for (const auto& question : ask_all(asking)) settle(question, asking, tally);
  return std::move(tally).fact();
}

}  // namespace

extern const Check dnsbl_check{
    .doc = {.name = "dnsbl",
            .group = "dnsbl",
            .since = policy::Stage::connect,
            .summary = "Whether DNS lists of addresses and domains (RFC 5782) list the client or its names.",
            .doubt_reason = "dns-failure",
            .fields = policy::describe<Dnsbl>()},
    .free = false,
    .after = {},
    .gather = gather,
    .start = [](const Asking& asking) { ask_all(asking); },
};

}  // namespace milter
