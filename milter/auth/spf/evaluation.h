// One run of check_host() (RFC 7208 section 4) with its recursion. Made, run once, dropped; one thread.
//
// Where a question is open it goes on behind that term, includes too, to name what it will ask further on (see
// lookups.h): published trees are two or three questions deep, however many they have. The deepest tree that
// RFC 7208 allows is 15 deep: ten includes, the names for %{p}, an explanation.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/auth/spf/lookups.h"
#include "milter/auth/spf/parse.h"
#include "milter/auth/spf/records.h"
#include "milter/auth/spf/term.h"
#include "milter/auth/spf/verify.h"

namespace milter {

// Who is asked about.
struct SpfSubject {
  std::string local_part;
  std::string domain;  // lower case, no trailing dot
};

class SpfEvaluation {
 public:
  SpfEvaluation(const SpfQuestion& question, const SpfSubject& subject, Answers& answers, SpfRecords& records)
      : question_(question), subject_(subject), lookups_(answers), records_(records) {}

  // All of SpfResult but the identity.
  SpfResult run(const SpfOptions& options);

 private:
  // What evaluating one domain's record came to, redirects followed.
  struct Finding {
    SpfWord word = SpfWord::none;
    std::string domain;  // where the record stands
    std::string record, term, problem;
    std::optional<MacroString> explanation;
  };

  SpfOr<Finding> check_host(std::string domain);
  SpfOr<Finding> evaluate(const SpfRecord& record, const std::string& domain);
  SpfOr<Finding> redirect(const SpfRecord& record, const std::string& domain);
  SpfOr<bool> matches(const SpfTerm& term, const std::string& domain);
  SpfOr<bool> include(const std::string& target);
  SpfOr<bool> address(const SpfTerm& term, const std::string& target);
  SpfOr<bool> exchanger(const SpfTerm& term, const std::string& target);
  SpfOr<bool> pointer(const std::string& target);
  SpfOr<bool> exists(const std::string& target);

  // The names that the client's address has and that have the client's address (RFC 7208 5.5).
  SpfOr<std::vector<std::string>> client_names();
  SpfOr<std::string> client_name_for(const std::string& domain);  // %{p}
  bool leads_nowhere(const MacroString& macros) const;
  SpfOr<std::string> target_of(const MacroString& macros, const std::string& domain);
  SpfOr<MacroValues> values_for(const MacroString& macros, const std::string& domain);

  std::string explain(const Finding& finding);
  RecordType address_type() const { return question_.client.is_v4() ? RecordType::a : RecordType::aaaa; }

  const SpfQuestion& question_;
  const SpfSubject& subject_;
  SpfLookups lookups_;
  SpfRecords& records_;
  std::string client_name_;  // what the last values_for() found for %{p}
  int includes_ = 0;         // how deep the evaluation is in them
  // Where the evaluation is, outside all includes: for the report if it stops there.
  std::string record_, term_;
};

}  // namespace milter
