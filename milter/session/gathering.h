// Checks under way: each is asked again until it has its fact. The first run asks ahead, as soon as something can
// be asked; the last one is when all that it named is answered, or the decision's time is over. Nothing here waits.
// One thread at a time: they belong to a session.
#pragma once
#include <map>
#include <optional>

#include "milter/auth/spf/records.h"
#include "milter/checks/check.h"

namespace milter {

// Runs of one check for one fact. The deepest tree that RFC 7208 allows needs 16 (auth/spf/evaluation.h), all else
// at most five. More is a tree that somebody grows while we climb it: the fact is unavailable then.
inline constexpr int kMostRuns = 16;

// What checks may use of the world. References outlive every session.
struct Env {
  Resolver& dns;
  const Clock& clock;
  const policy::Policy& policy;
  policy::Host host;
  const Recipients* recipients = nullptr;  // null: no source configured
  ListHealth* lists = nullptr;             // null: the dnsbl check asks the test points itself
};

// Everything a decision needs but facts and time. References outlive it.
struct JudgeInput {
  const Connection& connection;
  const Transaction& transaction;
  Env& env;
};

// A check, and of one that asks DNS lists which of them.
struct Wanted {
  const Check* check = nullptr;
  const policy::List* list = nullptr;
  auto operator<=>(const Wanted&) const = default;
};

// One check, for one fact.
class Gathering {
 public:
  // `input` and what it refers to stay as they are while this lives; `dns` outlives it.
  Gathering(const Check& check, const CheckInput& input, Resolver& dns)
      : check_(check), input_(input), questions_(dns) {}

  // Runs the check if that can bring something new: the first time, and when all that the last run named is
  // answered, or over. Not when its fact is there.
  void go_on(Window window, Deadline now);

  // The group's fields that are this check's own. Null: under way, or asked ahead of what it must know.
  const Gathered* result() const { return result_ ? &*result_ : nullptr; }
  // What it waits for in `window`. Empty: for nothing.
  Waiting waiting(Window window) const;
  const CheckInput& input() const { return input_; }
  int runs() const { return runs_; }

 private:
  bool is_due(Window window, Deadline now) const;
  void hurry(Window window);
  Deadline over_at(Window window) const { return by_half_ ? window.half() : window.end; }

  const Check& check_;
  const CheckInput input_;
  Questions questions_;
  std::vector<Waiting::Question> named_;  // by the last run, and open then
  bool by_half_ = false;
  bool hurried_ = false;  // a decision has made its questions urgent
  std::optional<Gathered> result_;
  int runs_ = 0;
};

// Those of one message, and what they keep for it. Dropping them ends their waiting.
class Gatherings {
 public:
  // The check's, begun at `stage`. One that was begun before all was known that the check reads is begun anew when
  // more is: its questions are the session's, and not asked twice.
  Gathering& of(const Wanted& wanted, const JudgeInput& input, const policy::Observed& observed,
                policy::Stage stage);
  void forget(const Check& check) { under_way_.erase({&check, nullptr}); }
  void clear();

 private:
  struct Begun {
    policy::Stage stage;
    Gathering gathering;
  };
  const Standing* standing(const Wanted& wanted, const Env& env);

  // As they were when the first check of the message was asked.
  std::map<const policy::List*, Standing> standings_;
  SpfRecords spf_records_;
  std::map<Wanted, Begun> under_way_;
};

// Whether this check's own part of its group is there: groups may be shared (client: by client and ptr). Of a
// check of DNS lists: whether that list was asked.
bool is_gathered(const Wanted& wanted, const policy::Observed& observed);

// From when on all that it reads is known.
policy::Stage whole_at(const Wanted& wanted);

}  // namespace milter
