#include "milter/auth/spf/verify.h"

#include "milter/auth/spf/evaluation.h"
#include "policy/domain.h"

namespace milter {
namespace {

// RFC 7208 4.3: a mailbox without a local part gets "postmaster". Without an @ it is all domain.
SpfSubject subject_of(std::string_view mailbox) {
  const auto at = mailbox.rfind('@');  // a quoted local part may hold one too
  SpfSubject subject;
  if (at != std::string_view::npos) subject.local_part = mailbox.substr(0, at);
  if (subject.local_part.empty()) subject.local_part = "postmaster";
  subject.domain = policy::normal_name(at == std::string_view::npos ? mailbox : mailbox.substr(at + 1));
  return subject;
}

}  // namespace

std::string_view to_text(SpfWord word) {
  switch (word) {
    case SpfWord::none:
      return "none";
    case SpfWord::neutral:
      return "neutral";
    case SpfWord::pass:
      return "pass";
    case SpfWord::fail:
      return "fail";
    case SpfWord::softfail:
      return "softfail";
    case SpfWord::temperror:
      return "temperror";
    case SpfWord::permerror:
      return "permerror";
  }
  return "?";
}

std::string_view to_text(SpfIdentity identity) { return identity == SpfIdentity::helo ? "helo" : "mailfrom"; }

SpfResult check_mail_from(const SpfQuestion& question, Answers& answers, SpfRecords& records,
                          const SpfOptions& options) {
  if (question.sender.empty()) return check_helo(question, answers, records, options);
  const auto subject = subject_of(question.sender);
  return SpfEvaluation(question, subject, answers, records).run(options);
}

SpfResult check_helo(const SpfQuestion& question, Answers& answers, SpfRecords& records,
                     const SpfOptions& options) {
  const SpfSubject subject{"postmaster", policy::normal_name(question.helo)};
  auto result = SpfEvaluation(question, subject, answers, records).run(options);
  result.identity = SpfIdentity::helo;
  return result;
}

}  // namespace milter
