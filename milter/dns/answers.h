// What one run of a check may look at. A check is asked again, it does not wait: a run looks at the answers
// that are here and names the questions that are open; what it returns counts only if it named none. When all
// that it named are answered, or its time is over, it is run again, from the beginning.
//
// So a run must be a pure function of its input and of the answers; then the same world gives the same result
// in every order in which answers come.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "milter/dns/resolver.h"

namespace milter {

// The time of a decision. Both ends are fixed when it begins: a run that comes late has no more of it than one
// that came early. `end` may be Deadline::max(): asked ahead of any decision, never over.
struct Window {
  Deadline begin;
  Deadline end;
  Deadline half() const;  // where waiting for what is nice to have ends
  Urgency urgency() const { return end == Deadline::max() ? Urgency::ahead : Urgency::decision; }
};

// The questions of all runs of one check, each asked once. One thread at a time; `dns` outlives it.
class Questions {
 public:
  explicit Questions(Resolver& dns) : dns_(dns) {}
  // Asked again when it becomes a decision's, and when it was dropped.
  const Lookup& ask(std::string_view name, RecordType type, Lane lane, Urgency urgency);

 private:
  struct Asked {
    Lookup lookup;
    Urgency urgency;
  };
  Resolver& dns_;
  std::map<std::tuple<std::string, RecordType, Lane>, Asked> asked_;
};

// Ends a callback's waiting when it goes: afterwards the callback is not running and will not be called.
class Wakeup {
 public:
  class Bell;
  Wakeup() = default;
  explicit Wakeup(std::shared_ptr<Bell> bell) : bell_(std::move(bell)) {}
  ~Wakeup();
  Wakeup(Wakeup&&) noexcept = default;
  Wakeup& operator=(Wakeup&&) noexcept;

 private:
  std::shared_ptr<Bell> bell_;
};

// What runs could not go on without. A value; dropping it cancels nothing but the waiting.
class Waiting {
 public:
  struct Question {
    std::string name;
    RecordType type = RecordType::a;
    Lookup lookup;
    Lane lane = Lane::theirs;
  };
  // One run's: it is worth another when all of these are answered, or at `until`.
  struct Run {
    std::vector<Question> named;  // not empty
    Deadline until;
    bool is_answered() const;
  };

  void add(Run run) { runs_.push_back(std::move(run)); }
  void add(const Waiting& other) { runs_.insert(runs_.end(), other.runs_.begin(), other.runs_.end()); }
  const std::vector<Run>& runs() const { return runs_; }  // of several checks at a time, if they wait at once
  bool empty() const { return runs_.empty(); }
  Deadline until() const;  // the earliest of the runs'; Deadline::max() if there is none

  // Calls `then` once, as soon as all is answered that one of the runs named: in this thread if that is so
  // already, else in the resolver's thread, where it may only pass the word on. Not at until(): the caller's
  // own clock has that. `then` must not destroy the Wakeup.
  [[nodiscard]] Wakeup on_answered(std::function<void()> then) const;

  // Blocks until then, or until(): the one place in the filter that waits for an answer. For who has a thread
  // to spare: the libmilter adapter, `try`, `lists`, tests.
  void block() const;

 private:
  std::vector<Run> runs_;
};

// One run's view. Made for it, dropped after it; one thread. `questions` outlives it.
class Answers {
 public:
  // `now`: when the run begins. All of it happens at this moment.
  Answers(Questions& questions, Window window, Deadline now)
      : questions_(questions), window_(window), now_(now) {}

  // The answer, or null while it is open. Past the window's end an open question reads as a time-out, "MX
  // example.org: time budget". The pointer lives as long as this object.
  // One that is held by the asker's own allowance is the client's trouble then, as Trouble says.
  const Outcome* of(std::string_view name, RecordType type) {
    return look({name, type, Lane::theirs}, window_.end);
  }
  // The same of a zone that the policy chose: it never waits behind a name of a stranger's.
  const Outcome* of_ours(std::string_view name, RecordType type) {
    return look({name, type, Lane::ours}, window_.end);
  }
  // The same, but over at half of the time.
  const Outcome* of_by_half(std::string_view name, RecordType type);

  std::size_t open() const { return open_.size(); }  // questions this run waits for, each counted once
  bool all_here() const { return open_.empty(); }
  bool any_over() const { return !over_.empty(); }  // some question has been read as a time-out
  const std::vector<Waiting::Question>& named() const { return open_; }
  bool asks_by_half() const { return by_half_; }  // some of them is over at half of the time

 private:
  struct Looked {
    std::string_view name;
    RecordType type;
    Lane lane;
  };
  const Outcome* look(const Looked& at, Deadline until);
  void name(const Looked& at, const Lookup& lookup);

  Questions& questions_;
  const Window window_;
  const Deadline now_;
  std::vector<Waiting::Question> open_;
  bool by_half_ = false;
  std::deque<Outcome> over_;  // a deque: what points into it stays
};

}  // namespace milter
