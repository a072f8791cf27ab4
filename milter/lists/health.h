// Which lists may be believed now. Learns from the self-tests and from every answer; the operator's `force`
// wins over both.
//
// Owned by the program, shared by all sessions; any thread, never blocks for long. No zone is kept in
// anything it returns: keys stay out of logs and reports.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "milter/lists/hit_rate.h"
#include "milter/lists/self_test.h"
#include "milter/lists/trust.h"
#include "policy/policy.h"

namespace milter {

// What a check may make of one list.
struct Standing {
  enum class Kind {
    untested,  // no test has been answered yet: ask the test points before believing it
    believed,
    failing,   // tested, never passed: not to be asked
    disabled,  // not to be asked
    off        // the operator switched it off: not to be asked, and no problem either
  };
  Kind kind = Kind::untested;
  std::string why;          // for dnsbl.problems, without the id; "" when untested, believed, off
  bool given_up = false;    // it has not counted for lists_give_up: rules that refuse do without it
  policy::TextList points;  // failing, disabled: what the test points answered last, "127.0.0.2: SERVFAIL"
};
// Of a list nobody has tested: untested, unless the operator says otherwise.
Standing standing_untested(const policy::List& list);
std::string_view to_text(Standing::Kind kind);  // "untested", "ok", "failing", "disabled", "off"

struct ListCounts {
  std::uint64_t asked = 0;       // answers about clients, heard of here
  std::uint64_t listed = 0;      // of them
  std::uint64_t unanswered = 0;  // time-outs, SERVFAIL and the like
  std::uint64_t problems = 0;    // answers that are no listing: undocumented codes, errors
  std::uint64_t tests = 0;
  std::uint64_t failed_tests = 0;
  std::uint64_t times_disabled = 0;
};

struct ListReport {
  std::string id, name;
  bool allow = false;
  policy::Force force = policy::Force::none;
  Standing standing;                // as it is used: force counted in
  UnixMillis since = 0;             // of being trusted or disabled; 0: never tested
  UnixMillis last_test = 0;         // 0: never
  std::vector<PointAnswer> points;  // of the last test
  std::string hit_rate;             // "12 of the last 100, before 10%"; "" while there is no history
  bool surging = false;  // that is far more than usual; it counts as long as its test points are right
  ListCounts counts;     // since the program started
};

// What a check learned of a list beside its fact. Told to the health by who takes the fact, once, whatever the
// number of runs that it took.
struct ListEvent {
  enum class Kind {
    answered,    // about `text`, the client: listed or not
    unanswered,  // no answer came
    problem      // an answer that is no listing; `text` is the sentence
  };
  Kind kind = Kind::answered;
  std::string list;  // its id
  std::string text;
  bool listed = false;  // answered
  bool lies = false;    // problem: see ListAnswer::lies
  bool operator==(const ListEvent&) const = default;
};

class ListHealth {
 public:
  // `say` gets a sentence whenever a list's standing changes, without locks held, in the thread that noticed:
  // for the operational log. May be empty.
  explicit ListHealth(std::function<void(const std::string&)> say = {}) : say_(std::move(say)) {}

  // The lists of the policy in force, and after how long it gives one up that does not count. At a reload
  // those that kept id, zone and kind keep their history.
  void use(const std::vector<policy::List>& lists, std::chrono::seconds give_up = policy::kListsGiveUp);

  Standing standing(const policy::List& list,
                    UnixMillis now) const;  // one that was not given to use() is untested

  // Events. An id that was not given to use() is ignored.
  void report(const ListEvent& event, UnixMillis now);
  void tested(const std::string& id, const SelfTest& test, UnixMillis now);
  void observe(const std::string& id, std::string_view client, bool listed);
  void unanswered(const std::string& id);
  // An answer about a client that is no listing; `lies` disables the list at once.
  void problem(const std::string& id, const std::string& sentence, bool lies, UnixMillis now);

  // The lists whose test is due at `now`: of one that begins to list far more than usual, at once; each is
  // given out once, until its tested() or for kLongestTest.
  std::vector<policy::List> due(UnixMillis now);

  std::vector<ListReport> report() const;  // in the order of use()

 private:
  struct Entry {
    policy::List list;
    Trust trust;
    HitRate hits;
    ListCounts counts;
    UnixMillis last_test = 0;
    UnixMillis asked = 0;  // a test that is under way was given out then; 0: none is
    std::vector<PointAnswer> points;
    bool ask_at_once = false;  // its test points
    bool said_given_up = false;
    Standing standing(policy::Force force) const;
  };
  // Changes an entry under the lock, then says what became different.
  void change(const std::string& id, const std::function<void(Entry&)>& event);
  bool is_given_up(const Entry& entry, UnixMillis now) const;
  void say_if_given_up(const std::string& id, UnixMillis now);

  mutable std::mutex mutex_;
  std::vector<std::string> order_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::chrono::milliseconds give_up_{policy::kListsGiveUp};
  std::function<void(const std::string&)> say_;
};

// A test whose answers never came back is given out again after this.
inline constexpr UnixMillis kLongestTest = 2LL * 60 * 1000;

}  // namespace milter
