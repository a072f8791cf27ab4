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
// Without any answer for so long there is no resolver that could be overloaded: questions show whether it is back.
constexpr std::chrono::seconds kSilentResolver{3};
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

LaneBounds with_patience(LaneBounds bounds, std::chrono::milliseconds patience) {
  bounds.patience = patience;
  return bounds;
}

}  // namespace

Engine::Engine(EngineSettings settings, AnswerCaches& caches, LiveCounters& counters)
    : settings_(std::move(settings)),
      caches_(caches),
      counters_(counters),
      servers_(settings_.servers.size()),
      lanes_{LaneQueue(Lane::theirs, with_patience(settings_.theirs, settings_.timeout)),
             LaneQueue(Lane::ours, with_patience(settings_.ours, settings_.timeout))} {
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
  for (const auto& flight : arrived_) stop(*flight);
  for (auto& lane : lanes_)
    for (const auto& flight : lane.all_waiting()) stop(*flight);
  wake_answered();
}

bool Engine::submit(Question& question, const PendingLookup& pending, const Asker& asker) {
  auto flight = std::make_shared<Flight>(pending, asker);
  flight->name_owner = owner_of_name(question.name);
  const auto& bounds = asker.lane == Lane::ours ? settings_.ours : settings_.theirs;
  auto& waiting = waiting_[static_cast<std::size_t>(asker.lane)];
  bool wake = false;
  {
    const std::scoped_lock lock(inbox_mutex_);
    if (stopping_ || waiting >= bounds.most_waiting) return false;
    ++waiting;
    count(counters_.pending);
    pending.held(asker.lane == Lane::theirs && asker.client.has_value());
    flight->question = std::move(question);
    wake = std::exchange(asleep_, false);
    inbox_.push_back(std::move(flight));
  }
  if (wake) poller_.ring();
  return true;
}

void Engine::join(const Lookup& open, const Asker& asker) {
  bool wake = false;
  {
    const std::scoped_lock lock(inbox_mutex_);
    wake = std::exchange(asleep_, false);
    joins_inbox_.push_back({open, asker});
  }
  if (wake) poller_.ring();
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
  queue_arrived(std::chrono::steady_clock::now());
  start_waiting();
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
    arrived_.insert(arrived_.end(), std::make_move_iterator(inbox_.begin()),
                    std::make_move_iterator(inbox_.end()));
    inbox_.clear();
    joining_.insert(joining_.end(), std::make_move_iterator(joins_inbox_.begin()),
                    std::make_move_iterator(joins_inbox_.end()));
    joins_inbox_.clear();
    asleep_ = false;
  }
}

void Engine::queue_arrived(Time now) {
  for (const auto& flight : arrived_) queue(flight, now);
  arrived_.clear();
  // One whose question was found in the cache, but is not here yet, is kept until it is.
  std::erase_if(joining_, [&](const Joining& joining) {
    const auto found = open_.find(joining.open.identity());
    if (found == open_.end()) return joining.open.peek() != nullptr;
    lane_of(*found->second).join(found->second, joining.asker, now);
    return true;
  });
}

void Engine::queue(const FlightPtr& flight, Time now) {
  if (!lane_of(*flight).add(flight, now)) {
    flight->done = true;
    return give_up_unsent(*flight);
  }
  open_.emplace(flight->pending.identity(), flight);
}

// How long to wait for servers and askers; negative: until something happens.
std::chrono::milliseconds Engine::patience() {
  const bool idle = open_.empty() && joining_.empty() && free_tags_.size() == attempts_.size();
  const std::scoped_lock lock(inbox_mutex_);
  asleep_ = inbox_.empty() && joins_inbox_.empty();
  if (!asleep_) return std::chrono::milliseconds(0);
  return idle ? std::chrono::milliseconds(-1) : kTick;
}

void Engine::start_waiting() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& lane : lanes_)
    while (const auto flight = lane.next(now)) start(flight, now);
}

void Engine::start(const FlightPtr& flight, Time now) {
  --waiting_[static_cast<std::size_t>(flight->payer.lane)];
  counters_.pending--;
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
  expire_waiting(now);
  const bool dead = now - servers_.last_answer() >= kSilentResolver;
  for (auto& lane : lanes_) {
    if (dead) lane.forget_given_up(now);
    lane.look_again(now);
  }
  for (std::size_t i = 0; i < active_.size();) {
    const auto flight = active_[i];
    step(flight, now);
    if (!flight->done) ++i;  // else another took its place
  }
  wake_answered();
}

void Engine::expire_waiting(Time now) {
  for (auto& lane : lanes_)
    for (const auto& flight : lane.overdue(now)) give_up_unsent(*flight);
}

void Engine::step(const FlightPtr& flight, Time now) {
  const auto age = now - flight->started;
  if (age >= settings_.timeout) {
    servers_.left_unanswered(flight->last_server, flight->last_sent);
    lane_of(*flight).given_up(*flight);
    return finish(
        flight,
        tl::unexpected(flight->trouble.value_or(trouble_with(flight->question, Trouble::Kind::timeout))));
  }
  if (flight->payer.urgency == Urgency::ahead) return;
  if (flight->rounds == kRounds.size() || age < settings_.hedge_after * kRounds[flight->rounds]) return;
  servers_.left_unanswered(flight->last_server, flight->last_sent);
  count(counters_.hedged);
  send_round(flight, now);
}

void Engine::finish(const FlightPtr& flight, Outcome outcome) {
  flight->done = true;
  open_.erase(flight->pending.identity());
  lane_of(*flight).ended(*flight, std::chrono::steady_clock::now());
  active_.back()->place = flight->place;
  std::swap(active_[flight->place], active_.back());
  active_.pop_back();
  counters_.in_flight = active_.size();
  if (!outcome) return give_up(*flight, std::move(outcome.error()));
  keep(*flight, std::move(outcome));
}

void Engine::keep(const Flight& flight, Outcome outcome) {
  caches_.of(flight.payer.lane)
      .settle(flight.question, network_of(flight.payer.client), flight.pending, std::move(outcome),
              std::chrono::steady_clock::now());
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
  if (flight.pending.handle().is_held()) trouble.owner = policy::Owner::client;
  keep(flight, tl::unexpected(std::move(trouble)));
}

// Not the name's trouble: the next one may ask at once.
void Engine::give_up_unsent(Flight& flight) {
  --waiting_[static_cast<std::size_t>(flight.payer.lane)];
  counters_.pending--;
  open_.erase(flight.pending.identity());
  count(counters_.overloads);
  auto trouble = trouble_with(flight.question, Trouble::Kind::overload, "waited too long to be asked");
  trouble.owner = flight.payer.lane == Lane::ours ? policy::Owner::ours : policy::Owner::client;
  trouble.dropped = flight.payer.urgency == Urgency::ahead;
  caches_.of(flight.payer.lane).abandon(flight.question);
  flight.pending.answer(tl::unexpected(std::move(trouble)));
}

}  // namespace milter
