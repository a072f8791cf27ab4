#include "milter/auth/spf/prefetch.h"

#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "milter/auth/spf/parse.h"
#include "policy/domain.h"

namespace milter {
namespace {

// One prefetch under way. Its own callbacks keep it alive; they run in the resolver's thread or, where the
// answer is here already, in the caller's, several at a time. Constant but for the set of questions.
class Walk : public std::enable_shared_from_this<Walk> {
 public:
  Walk(Resolver& resolver, policy::Address client) : resolver_(resolver), client_(client) {}

  // The record of `domain`, and what it leads to. `depth`: includes above it.
  void visit(const std::string& domain, int depth) {
    if (depth > kDeepestPrefetch) return;
    ask(domain, RecordType::txt, [depth, domain](Walk& walk, const Records& records) {
      const std::string* text = nullptr;
      for (const auto& candidate : records.texts)
        if (is_spf_record(candidate)) text = text == nullptr ? &candidate : nullptr;
      if (text == nullptr) return;
      if (const auto record = parse_spf_record(*text)) walk.follow(*record, domain, depth);
    });
  }

 private:
  // In the order of the record; what stands behind a sure match will not be asked.
  void follow(const SpfRecord& record, const std::string& domain, int depth) {
    for (const auto& term : record.terms) {
      if (term.mechanism == SpfMechanism::all) return;
      if (asks_dns(term.mechanism))
        start(term, domain, depth);
      else if (term.network.contains(client_))
        return;
    }
    if (record.redirect && is_literal(*record.redirect)) visit(target_of(*record.redirect), depth + 1);
  }

  void start(const SpfTerm& term, const std::string& domain, int depth) {
    if (term.mechanism == SpfMechanism::ptr) return ask(client_.reverse_name(), RecordType::ptr, start_names);
    if (!is_literal(term.target)) return;
    const auto target = term.target.empty() ? domain : target_of(term.target);
    if (term.mechanism == SpfMechanism::include) visit(target, depth + 1);
    if (term.mechanism == SpfMechanism::a) ask(target, address_type(), nothing_more);
    if (term.mechanism == SpfMechanism::exists) ask(target, RecordType::a, nothing_more);
    if (term.mechanism == SpfMechanism::mx) ask(target, RecordType::mx, start_exchangers);
  }

  static void nothing_more(Walk& /*walk*/, const Records& /*records*/) {}
  static void start_names(Walk& walk, const Records& records) {
    for (const auto& name : records.names) walk.ask(name, walk.address_type(), nothing_more);
  }
  static void start_exchangers(Walk& walk, const Records& records) {
    for (const auto& exchanger : records.exchangers)
      if (!exchanger.host.empty()) walk.ask(exchanger.host, walk.address_type(), nothing_more);
  }

  // Trouble ends that branch: the evaluation will meet it again and report it.
  void ask(const std::string& name, RecordType type, std::function<void(Walk&, const Records&)> then) {
    if (!is_new(name, type)) return;
    resolver_.query(name, type)
        .on_done([self = shared_from_this(), then = std::move(then)](const Outcome& outcome) {
          if (outcome) then(*self, *outcome);
        });
  }

  // Each question once, and no more than the budget.
  bool is_new(const std::string& name, RecordType type) {
    const std::scoped_lock lock(mutex_);
    return asked_.size() < static_cast<std::size_t>(kMostPrefetches) && asked_.emplace(name, type).second;
  }

  static std::string target_of(const MacroString& macros) { return policy::lower(expand_domain(macros, {})); }
  RecordType address_type() const { return client_.is_v4() ? RecordType::a : RecordType::aaaa; }

  Resolver& resolver_;
  const std::shared_ptr<Resolver> owner_ = resolver_.owner();  // answers may come after the session
  const policy::Address client_;
  std::mutex mutex_;
  std::set<std::pair<std::string, RecordType>> asked_;
};

std::string domain_of(std::string_view mailbox) {
  const auto at = mailbox.rfind('@');
  return policy::normal_name(at == std::string_view::npos ? mailbox : mailbox.substr(at + 1));
}

// The same names that check_host() would ask for: others are `none` without a query.
bool is_worth_asking(std::string_view domain) {
  return is_askable(domain) && domain.find('.') != std::string_view::npos && !domain.starts_with('[');
}

}  // namespace

bool is_prefetched(const SpfQuestion& question, Resolver& resolver) {
  const auto domain =
      question.sender.empty() ? policy::normal_name(question.helo) : domain_of(question.sender);
  return !is_worth_asking(domain) || resolver.query(domain, RecordType::txt).peek() != nullptr;
}

void prefetch(const SpfQuestion& question, Resolver& resolver) {
  const auto walk = std::make_shared<Walk>(resolver, question.client);
  const auto sender = domain_of(question.sender);
  const auto helo = policy::normal_name(question.helo);
  if (is_worth_asking(sender)) walk->visit(sender, 0);
  if (helo != sender && is_worth_asking(helo)) walk->visit(helo, 0);
}

}  // namespace milter
