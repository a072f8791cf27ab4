#include "milter/dns/engine.h"

#include <pthread.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "milter/dns/reply_parser.h"

namespace milter {

namespace {

// A fixed tick: asking c-ares for its next time-out costs a walk over all it has.
constexpr std::chrono::milliseconds kTick{20};
// When each round is due, in units of hedge_after.
constexpr std::array kRounds{0, 1, 3, 6};

std::size_t place_of(std::size_t server, Transport transport) {
  return server * 2 + (transport == Transport::tcp ? 1 : 0);
}

// A reply that c-ares cut, as it does once a server has refused EDNS: RFC 1035 2.3.4.
bool is_cut(const Outcome& outcome, Octets reply) {
  constexpr std::size_t kPlainPayload = 512;
  return !outcome && outcome.error().kind == Trouble::Kind::bad_reply && reply.size() == kPlainPayload;
}

}  // namespace

Engine::Engine(EngineSettings settings, AnswerCache& cache, LiveCounters& counters)
    : settings_(std::move(settings)), cache_(cache), counters_(counters), servers_(settings_.servers.size()) {
  if (settings_.servers.empty()) throw std::invalid_argument("DNS: no server");
  for (const auto& server : settings_.servers)
    for (const auto transport : {Transport::udp, Transport::tcp}) {
      const auto owner = channels_.size();
      channels_.push_back(std::make_unique<Channel>(
          Channel::Settings{server, transport, settings_.timeout},
          [this, owner](int socket, Interest interest) { poller_.watch(owner, socket, interest); },
          [this](std::uint64_t tag, Channel::End end, Octets reply) { note_end(tag, end, reply); }));
    }
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "dns");
}

Engine::~Engine() {
  {
    const std::scoped_lock lock(inbox_mutex_);
    stopping_ = true;
  }
  poller_.ring();
  thread_.join();
  receive();
  const auto stop = [&](Flight& flight) {
    give_up(flight, trouble_with(flight.question, Trouble::Kind::timeout, "the filter is stopping"));
  };
  for (const auto& flight : active_) stop(*flight);
  for (const auto& flight : pending_) stop(*flight);
  wake_answered();
}

bool Engine::submit(Question& question, const PendingLookup& pending) {
  auto flight = std::make_shared<Flight>(pending);
  flight->created = std::chrono::steady_clock::now();
  bool wake = false;
  {
    const std::scoped_lock lock(inbox_mutex_);
    if (stopping_ || counters_.pending >= settings_.most_pending) return false;
    count(counters_.pending);
    flight->question = std::move(question);
    wake = std::exchange(asleep_, false);
    inbox_.push_back(std::move(flight));
  }
  if (wake) poller_.ring();
  return true;
}

void Engine::run() {
  while (!stopping_) {
    try {
      turn();
    } catch (const std::exception&) {
      // Out of memory: whatever was at hand is lost and times out; the rest goes on.
      counters_.timeouts++;
    }
  }
}

void Engine::turn() {
  receive();
  start_pending();
  settle_ends();
  poller_.wait(patience(), [this](std::size_t owner, int socket, Interest ready) {
    channels_[owner]->process(socket, ready);
  });
  settle_ends();
  if (const auto now = std::chrono::steady_clock::now(); now >= next_tick_) {
    next_tick_ = now + kTick;
    tick(now);
    settle_ends();
  }
}

void Engine::receive() {
  {
    const std::scoped_lock lock(inbox_mutex_);
    arrived_.swap(inbox_);
    asleep_ = false;
  }
  pending_.insert(pending_.end(), std::make_move_iterator(arrived_.begin()),
                  std::make_move_iterator(arrived_.end()));
  arrived_.clear();
}

// How long to wait for servers and askers; negative: until something happens.
std::chrono::milliseconds Engine::patience() {
  const bool idle = active_.empty() && pending_.empty() && free_tags_.size() == attempts_.size();
  const std::scoped_lock lock(inbox_mutex_);
  asleep_ = inbox_.empty();
  if (!asleep_) return std::chrono::milliseconds(0);
  return idle ? std::chrono::milliseconds(-1) : kTick;
}

void Engine::start_pending() {
  const auto now = std::chrono::steady_clock::now();
  while (!pending_.empty() && active_.size() < settings_.most_in_flight) {
    const auto flight = std::move(pending_.front());
    pending_.pop_front();
    counters_.pending--;
    start(flight, now);
  }
}

void Engine::start(const FlightPtr& flight, Time now) {
  flight->started = now;
  flight->tries.resize(servers_.count());
  flight->place = active_.size();
  active_.push_back(flight);
  counters_.in_flight = active_.size();
  send_round(flight, now);
  if (const auto silent = servers_.probe(flight->last_server, now)) {
    count(counters_.probes);
    send({flight, *silent, Transport::udp, servers_.edns(*silent, now)});
  }
}

void Engine::send_round(const FlightPtr& flight, Time now) {
  const auto server = servers_.choose(flight->tries);
  const bool last = ++flight->rounds == kRounds.size();
  flight->last_server = server;
  flight->last_sent = now;
  // Some devices drop what has EDNS in silence.
  send({flight, server, Transport::udp, last ? Edns::without : servers_.edns(server, now)});
}

Channel& Engine::channel(std::size_t server, Transport transport) {
  return *channels_[place_of(server, transport)];
}

std::uint64_t Engine::unused_tag() {
  if (free_tags_.empty()) {
    attempts_.emplace_back();
    free_tags_.reserve(attempts_.capacity());  // so that a tag is given back without allocating
    return attempts_.size() - 1;
  }
  const auto tag = free_tags_.back();
  free_tags_.pop_back();
  return tag;
}

void Engine::send(Attempt attempt) {
  auto& flight = *attempt.flight;
  ++flight.tries[attempt.server];
  ++flight.outstanding;
  count(counters_.sent);
  if (attempt.transport == Transport::tcp) count(counters_.over_tcp);
  if (attempt.edns == Edns::without) count(counters_.without_edns);
  const auto tag = unused_tag();
  auto& way = channel(attempt.server, attempt.transport);
  const auto edns = attempt.edns;
  attempts_[tag] = std::move(attempt);
  way.send(flight.question, edns, tag);
}

// Called by a channel, which must not be called back: the end is settled later.
void Engine::note_end(std::uint64_t tag, Channel::End end, Octets reply) {
  End noted{std::exchange(attempts_[tag], {}), End::Kind::outcome, std::nullopt};
  free_tags_.push_back(tag);
  const auto& attempt = noted.attempt;
  if (end == Channel::End::no_answer) {
    noted.kind = End::Kind::no_answer;
  } else if (end == Channel::End::no_connection) {
    noted.kind = End::Kind::no_connection;
  } else if (!attempt.flight->done) {
    const auto flags = reply_flags(reply);
    noted.outcome = parse_reply(reply, attempt.flight->question);
    if (attempt.transport == Transport::udp && (flags.truncated || is_cut(*noted.outcome, reply)))
      noted.kind = End::Kind::truncated;
    else if (attempt.edns == Edns::with && flags.format_error)
      noted.kind = End::Kind::no_edns;
  }
  ends_.push_back(std::move(noted));
}

void Engine::settle_ends() {
  while (!ends_.empty()) {
    settling_.clear();  // what an exception left there is lost, and times out
    settling_.swap(ends_);
    const auto now = std::chrono::steady_clock::now();
    for (auto& end : settling_) settle(end, now);
  }
  settling_.clear();
  wake_answered();
}

void Engine::settle(End& end, Time now) {
  const auto& [flight, server, transport, edns] = end.attempt;
  --flight->outstanding;
  if (end.kind == End::Kind::no_connection) servers_.left_unanswered(server, now);
  if (end.kind != End::Kind::no_connection && end.kind != End::Kind::no_answer)
    servers_.answered(server, now);
  if (flight->done) return;
  if (end.kind == End::Kind::truncated) return send({flight, server, Transport::tcp, edns});
  if (end.kind == End::Kind::no_edns) {
    servers_.refused_edns(server, now);
    return send({flight, server, transport, Edns::without});
  }
  if (end.outcome && *end.outcome) return finish(flight, *std::move(end.outcome));
  fail(flight, end, now);
}

void Engine::fail(const FlightPtr& flight, const End& end, Time now) {
  if (end.outcome) flight->trouble = end.outcome->error();
  if (!flight->trouble && end.attempt.transport == Transport::tcp)
    flight->trouble =
        trouble_with(flight->question, Trouble::Kind::timeout, "truncated, and TCP does not answer");
  const auto next = servers_.choose(flight->tries);
  if (flight->tries[next] == 0) return send({flight, next, Transport::udp, servers_.edns(next, now)});
  if (flight->outstanding > 0) return;
  // A server that restarts refuses connections for a moment: give it one more round.
  if (end.kind == End::Kind::no_connection && flight->rounds < 2) return;
  finish(flight, tl::unexpected(flight->trouble.value_or(
                     trouble_with(flight->question, Trouble::Kind::timeout, "no server is reachable"))));
}

void Engine::tick(Time now) {
  for (const auto& way : channels_)
    if (way->outstanding() > 0) way->tick();
  settle_ends();
  expire_pending(now);
  for (std::size_t i = 0; i < active_.size();) {
    const auto flight = active_[i];
    step(flight, now);
    if (!flight->done) ++i;  // else another took its place
  }
  wake_answered();
}

void Engine::expire_pending(Time now) {
  while (!pending_.empty() && now - pending_.front()->created >= settings_.timeout) {
    const auto flight = std::move(pending_.front());
    pending_.pop_front();
    counters_.pending--;
    give_up(*flight, trouble_with(flight->question, Trouble::Kind::overload, "waited too long to be asked"));
  }
}

void Engine::step(const FlightPtr& flight, Time now) {
  const auto age = now - flight->started;
  if (age >= settings_.timeout) {
    servers_.left_unanswered(flight->last_server, flight->last_sent);
    return finish(
        flight,
        tl::unexpected(flight->trouble.value_or(trouble_with(flight->question, Trouble::Kind::timeout))));
  }
  if (flight->rounds == kRounds.size() || age < settings_.hedge_after * kRounds[flight->rounds]) return;
  servers_.left_unanswered(flight->last_server, flight->last_sent);
  count(counters_.hedged);
  send_round(flight, now);
}

void Engine::finish(const FlightPtr& flight, Outcome outcome) {
  flight->done = true;
  active_.back()->place = flight->place;
  std::swap(active_[flight->place], active_.back());
  active_.pop_back();
  counters_.in_flight = active_.size();
  if (!outcome) return give_up(*flight, std::move(outcome.error()));
  keep(*flight, std::move(outcome));
}

void Engine::keep(const Flight& flight, Outcome outcome) {
  cache_.settle(flight.question, flight.pending, std::move(outcome), std::chrono::steady_clock::now());
  answered_.push_back(flight.pending);
}

void Engine::wake_answered() {
  for (const auto& waiting : answered_) waiting.wake();
  answered_.clear();
}

void Engine::give_up(Flight& flight, Trouble trouble) {
  switch (trouble.kind) {
    case Trouble::Kind::serv_fail:
      count(counters_.serv_fails);
      break;
    case Trouble::Kind::refused:
      count(counters_.refusals);
      break;
    case Trouble::Kind::timeout:
      count(counters_.timeouts);
      break;
    case Trouble::Kind::bad_reply:
      count(counters_.bad_replies);
      break;
    case Trouble::Kind::overload:
      count(counters_.overloads);
      break;
  }
  const bool ours = trouble.kind == Trouble::Kind::overload;
  Outcome outcome = tl::unexpected(std::move(trouble));
  if (!ours) return keep(flight, std::move(outcome));
  // Not the name's trouble: the next one may ask at once.
  cache_.abandon(flight.question);
  flight.pending.answer(std::move(outcome));
}

}  // namespace milter
