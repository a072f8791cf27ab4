#include "milter/session/session.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "milter/auth/dkim/verify.h"
#include "milter/dns/session_resolver.h"
#include "milter/session/headers.h"
#include "milter/session/outcome.h"
#include "milter/session/reference.h"
#include "policy/derive.h"
#include "policy/text.h"

namespace milter {
namespace {

// The policy has no rule on headers.too_many, or it does not hold for this mail.
constexpr std::string_view kTooManyClaims =
    "the message has more fields with results in our name than are removed";

std::string cut(std::string_view text) { return std::string(text.substr(0, kLongestWireText)); }

std::string message_id_in(std::string_view value) {
  auto id = policy::trimmed(value);
  if (id.starts_with('<') && id.ends_with('>')) id = id.substr(1, id.size() - 2);
  return cut(id);
}

}  // namespace

struct Session::Impl {
  Impl(std::shared_ptr<const Snapshot> s, const World& w)
      : snapshot(std::move(s)),
        world(w),
        dns(std::make_shared<SessionResolver>(w.dns)),
        env{*dns,   w.clock, snapshot->policy, {snapshot->policy.site.name}, snapshot->recipients.get(),
            w.lists},
        id(make_session_id(w.clock.unix_millis())) {}

  std::shared_ptr<const Snapshot> snapshot;
  const World& world;
  std::shared_ptr<SessionResolver> dns;
  Env env;
  std::string id;
  Connection connection;
  OurNames ours;  // this client must bring no results in these
  Transaction transaction;
  policy::Observed observed;
  int transactions = 0;
  int asks_ahead = 0;  // since a recipient was accepted

  Gatherings under_way;            // after what their checks read: they go first
  std::optional<Judging> judging;  // a decision that waits
  policy::Stage moment = policy::Stage::rcpt;

  JudgeInput input() { return {connection, transaction, env}; }
  RecordInput record_input(policy::Stage stage) const {
    return {connection, transaction, *snapshot, world, id, stage};
  }
  void look_ahead(policy::Stage stage) {
    gather_free(input(), stage, observed);
    if (stage < policy::Stage::rcpt && ++asks_ahead > kMostAsksAhead) return;
    ask_ahead(input(), stage, observed, wanted_in_headers(world.headers, observed.facts), under_way);
  }

  void forget(const Check& check) {
    observed.facts.forget_group(check.doc.group);
    under_way.forget(check);
  }

  // A new decision has a new reference, and knows nothing of the recipient before.
  void begin_decision() {
    judging.reset();
    observed.recipient.reset();
    transaction.ref = make_reference(world.clock.unix_millis());
    for (const auto* check : all_checks())
      if (check->doc.since == policy::Stage::rcpt || check->per_decision) forget(*check);
  }

  SessionStep decide(policy::Stage at, std::chrono::milliseconds budget, std::vector<std::string> besides) {
    const auto now = std::chrono::steady_clock::now();
    moment = at;
    judging.emplace(input(), at, observed, under_way, Window{now, now + budget}, std::move(besides));
    return go_on(now);
  }

  SessionStep go_on(Deadline now) {
    if (!judging) throw std::logic_error("nothing is being decided");
    auto step = judging->step(now);
    if (auto* waiting = std::get_if<Waiting>(&step)) return std::move(*waiting);
    judging.reset();
    auto decision = enact(outcome(record_input(moment), observed, std::get<Decided>(std::move(step))));
    if (moment == policy::Stage::message) give_back();
    return decision;
  }

  // The memory of the message that is decided: the next may come in an hour, and Sendmail ends none.
  void give_back() {
    under_way.clear();
    transaction.dkim.reset();
    transaction.headers = std::vector<HeaderField>();
  }

  Decision enact(Decision decision) {
    if (decision.reply) return decision;
    if (moment == policy::Stage::rcpt) {
      observed.accepted.push_back(*observed.recipient);
      asks_ahead = 0;
      return decision;
    }
    if (!can_be_cleaned(transaction.counts))
      return milter::filter_error(record_input(moment), kTooManyClaims);
    decision.headers = header_changes(transaction.counts, world.headers,
                                      authserv_id(world.headers, env.host.name), observed.facts);
    return decision;
  }

  void begin_message() {
    judging.reset();
    under_way.clear();
    transaction = Transaction{.session = id, .number = transactions};
    dns->renew();
    observed = policy::Observed{};
    observed.dmarc_mode = policy::dmarc_mode(snapshot->policy);
  }
};

Session::Session(std::shared_ptr<const Snapshot> snapshot, const World& world)
    : impl_(std::make_unique<Impl>(std::move(snapshot), world)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::connect(Connection connection) {
  auto& impl = *impl_;
  impl.connection = std::move(connection);
  impl.dns->client(impl.connection.client);
  impl.ours = our_names(impl.world.headers, impl.env.host.name, impl.connection.client);
  impl.begin_message();
  gather_free(impl.input(), policy::Stage::connect, impl.observed);
}

void Session::helo(std::string_view name) {
  impl_->begin_message();
  impl_->connection.helo = cut(name);
  impl_->look_ahead(policy::Stage::helo);
}

void Session::mail(std::string_view path, std::string_view user) {
  ++impl_->transactions;
  impl_->begin_message();
  impl_->transaction.mail_from = cut(path);
  impl_->connection.user = cut(user);
  impl_->look_ahead(policy::Stage::mail);
}

SessionStep Session::rcpt(RecipientCommand recipient) {
  auto& impl = *impl_;
  impl.begin_decision();
  impl.transaction.recipient = std::move(recipient);
  const auto& command = impl.transaction.recipient;
  impl.observed.recipient = policy::RecipientAsked{.path = command.path,
                                                   .mta_address = command.mta_address,
                                                   .refused = command.refused_by_mta,
                                                   .answer = {}};
  gather_at_once(impl.input(), "recipient", policy::Stage::rcpt, impl.observed, impl.under_way);
  policy::derive(impl.env.policy, impl.env.host, impl.observed);
  if (command.refused_by_mta) return mta_reject(impl.record_input(policy::Stage::rcpt), impl.observed);
  return impl.decide(policy::Stage::rcpt, impl.world.budgets.rcpt, {});
}

void Session::header(HeaderField field) {
  auto& impl = *impl_;
  auto& transaction = impl.transaction;
  transaction.size += octets_of(field);
  count(field, impl.ours, transaction.counts);
  if (is_named(field, "Message-ID") && transaction.message_id.empty())
    transaction.message_id = message_id_in(field.value);
  if (!transaction.counts.over_bounds()) transaction.headers.push_back(std::move(field));
}

void Session::end_of_headers() {
  auto& impl = *impl_;
  impl.begin_decision();
  if (!impl.observed.accepted.empty()) impl.observed.recipient = impl.observed.accepted.front();
  impl.transaction.size += 2;  // the empty line
  gather_free(impl.input(), policy::Stage::headers, impl.observed);
  if (wants_dkim(impl.input(), impl.world.headers, impl.observed))
    impl.transaction.dkim = verify_dkim(impl.input());
  impl.look_ahead(policy::Stage::headers);
}

void Session::body(std::string_view chunk) {
  impl_->transaction.size += static_cast<std::int64_t>(chunk.size());
  if (impl_->transaction.dkim) impl_->transaction.dkim->body(chunk);
}

SessionStep Session::end_of_message() {
  auto& impl = *impl_;
  impl.begin_decision();
  // Those of the message are of one kind: the first speaks for all.
  if (!impl.observed.accepted.empty()) impl.observed.recipient = impl.observed.accepted.front();
  return impl.decide(policy::Stage::message, impl.world.budgets.message,
                     wanted_in_headers(impl.world.headers, impl.observed.facts));
}

SessionStep Session::resume() { return impl_->go_on(std::chrono::steady_clock::now()); }

void Session::abort() { impl_->begin_message(); }

void Session::queue_id(std::string_view id) { impl_->transaction.queue_id = cut(id); }

Connection& Session::connection() { return impl_->connection; }

Decision Session::filter_error(policy::Stage stage, std::string_view what) {
  if (impl_->transaction.ref.empty())
    impl_->transaction.ref = make_reference(impl_->world.clock.unix_millis());
  return milter::filter_error(impl_->record_input(stage), what);
}

const policy::FactSet& Session::facts() const { return impl_->observed.facts; }

Decision finish(Session& session, SessionStep step) {
  while (const auto* waiting = std::get_if<Waiting>(&step)) {
    waiting->block();
    step = session.resume();
  }
  return std::get<Decision>(std::move(step));
}

}  // namespace milter
