#include "milter/session/session.h"

#include <algorithm>
#include <utility>

#include "milter/auth/dkim/verify.h"
#include "milter/dns/session_resolver.h"
#include "milter/session/headers.h"
#include "milter/session/outcome.h"
#include "milter/session/reference.h"
#include "policy/domain.h"

namespace milter {
namespace {

// Header fields beyond this are counted but not kept: MTAs limit a message's header to far less (Postfix: 100
// KB a field), and what DKIM cannot read whole it does not verify.
constexpr std::size_t kMostHeaderOctets = 8U << 20U;

// A per-session allowance of DNS questions lives in the resolver given to us; this is what one MAIL command
// may bring.
std::string cut(std::string_view text) { return std::string(text.substr(0, kLongestWireText)); }

}  // namespace

struct Session::Impl {
  Impl(std::shared_ptr<const Snapshot> s, const World& w)
      : snapshot(std::move(s)),
        world(w),
        dns(std::make_shared<SessionResolver>(w.dns)),
        env{*dns, w.clock, snapshot->policy, snapshot->recipients.get(), w.lists},
        id(make_session_id(w.clock.unix_millis())) {}

  std::shared_ptr<const Snapshot> snapshot;
  const World& world;
  std::shared_ptr<SessionResolver> dns;
  Env env;
  std::string id;
  Connection connection;
  Transaction transaction;
  policy::FactSet facts;
  std::size_t header_octets = 0;

  Case matter() { return {connection, transaction, env}; }
  Circumstances circumstances(policy::Stage moment) const {
    return {connection, transaction, *snapshot, world, id, moment};
  }
  void look_ahead(policy::Stage stage) {
    gather_free(matter(), stage, facts);
    prefetch(matter(), stage, facts, wanted_in_headers(world.headers, facts));
  }

  // A new decision has a new reference and hour, and knows nothing of the recipient before.
  void begin_decision() {
    transaction.ref = make_reference(world.clock.unix_millis());
    for (const auto* check : all_checks())
      if (check->doc.since == policy::Stage::rcpt || check->per_decision) facts.forget(check->doc.group);
  }

  // The From field is news to the lists that are asked about its domain. What they and the others answered
  // before is remembered, by the resolver.
  void forget_lists_of_from() {
    const auto& lists = snapshot->policy.lists;
    if (std::any_of(lists.begin(), lists.end(),
                    [](const policy::List& list) { return list.of == policy::ListOf::from_domain; }))
      facts.forget("dnsbl");
  }

  void begin_message() {
    transaction = Transaction{};
    dns->renew();
    header_octets = 0;
    facts = policy::FactSet{};
  }
};

Session::Session(std::shared_ptr<const Snapshot> snapshot, const World& world)
    : impl_(std::make_unique<Impl>(std::move(snapshot), world)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::connect(Connection connection) {
  impl_->connection = std::move(connection);
  impl_->begin_message();
  impl_->look_ahead(policy::Stage::connect);
}

void Session::helo(std::string_view name) {
  impl_->begin_message();
  impl_->connection.helo = cut(name);
  impl_->look_ahead(policy::Stage::helo);
}

void Session::mail(std::string_view path, std::string_view user) {
  impl_->begin_message();
  impl_->transaction.mail_from = cut(path);
  impl_->connection.user = cut(user);
  impl_->look_ahead(policy::Stage::mail);
}

Decision Session::rcpt(RecipientCommand recipient) {
  auto& impl = *impl_;
  impl.begin_decision();
  impl.transaction.recipient = std::move(recipient);
  const auto circumstances = impl.circumstances(policy::Stage::rcpt);
  std::map<std::string, std::int64_t> unmeasured;
  gather(impl.matter(), {"recipient"}, impl.facts, Deadline::min(), unmeasured);
  if (impl.transaction.recipient.refused_by_mta) return mta_reject(circumstances, impl.facts);
  const auto deadline = std::chrono::steady_clock::now() + impl.world.budgets.rcpt;
  auto judged = judge(impl.matter(), policy::Stage::rcpt, impl.facts, deadline);
  auto decision = outcome(circumstances, impl.facts, std::move(judged));
  if (!decision.reply) impl.transaction.accepted.push_back(impl.transaction.recipient.path);
  return decision;
}

void Session::header(HeaderField field) {
  auto& impl = *impl_;
  const auto octets = field.name.size() + field.value.size() + 3;  // ":" and CRLF
  impl.transaction.size += static_cast<std::int64_t>(octets);
  impl.header_octets += octets;
  if (policy::same_name(field.name, "Received")) ++impl.transaction.received_count;
  if (impl.header_octets <= kMostHeaderOctets && impl.transaction.headers.size() < kMostHeaderFields)
    impl.transaction.headers.push_back(std::move(field));
  else
    impl.transaction.headers_cut = true;
}

void Session::end_of_headers() {
  auto& impl = *impl_;
  impl.begin_decision();
  impl.forget_lists_of_from();
  impl.transaction.size += 2;  // the empty line
  impl.look_ahead(policy::Stage::headers);
  if (wants_dkim(impl.matter(), impl.world.headers, impl.facts))
    impl.transaction.dkim = verify_dkim(impl.matter());
}

void Session::body(std::string_view chunk) {
  impl_->transaction.size += static_cast<std::int64_t>(chunk.size());
  if (impl_->transaction.dkim) impl_->transaction.dkim->body(chunk);
}

Decision Session::end_of_message() {
  auto& impl = *impl_;
  impl.begin_decision();
  const auto deadline = std::chrono::steady_clock::now() + impl.world.budgets.message;
  auto judged = judge(impl.matter(), policy::Stage::message, impl.facts, deadline);
  gather(impl.matter(), wanted_in_headers(impl.world.headers, impl.facts), impl.facts, deadline,
         judged.millis);
  auto decision = outcome(impl.circumstances(policy::Stage::message), impl.facts, std::move(judged));
  if (!decision.reply)
    decision.headers = header_changes(impl.transaction.headers, impl.world.headers,
                                      impl.snapshot->policy.site.name, impl.facts);
  return decision;
}

void Session::abort() { impl_->begin_message(); }

void Session::queue_id(std::string_view id) { impl_->transaction.queue_id = cut(id); }

Connection& Session::connection() { return impl_->connection; }

Decision Session::filter_error(policy::Stage stage, std::string_view what) {
  if (impl_->transaction.ref.empty())
    impl_->transaction.ref = make_reference(impl_->world.clock.unix_millis());
  return milter::filter_error(impl_->circumstances(stage), what);
}

const policy::FactSet& Session::facts() const { return impl_->facts; }

}  // namespace milter
