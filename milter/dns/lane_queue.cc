#include "milter/dns/lane_queue.h"

#include <algorithm>
#include <utility>

namespace milter {
namespace {

constexpr std::chrono::seconds kSweepEvery{1};

// Who has a line: an address, or a /64.
std::string line_of(const Asker& asker) {
  if (!asker.client) return {};
  if (!asker.client->is_v4()) return network_of(asker.client);
  const auto octets = asker.client->bytes();
  return {octets.begin(), octets.end()};
}

bool waits(const Flight& flight) { return !flight.under_way && !flight.done; }

}  // namespace

std::size_t LaneQueue::free() const {
  return bounds_.most_in_flight - std::min(counting_, bounds_.most_in_flight);
}

bool LaneQueue::add(const FlightPtr& flight, Time now) {
  if (!queue(flight, flight->payer, now)) return false;
  flight->due = now + (flight->payer.urgency == Urgency::ahead ? kPatienceAhead : bounds_.patience);
  due_.emplace(flight->due, flight);
  return true;
}

bool LaneQueue::queue(const FlightPtr& flight, const Asker& asker, Time now) {
  const auto room = bounds_.most_waiting - std::min(waiting_, bounds_.most_waiting);
  if (lane_ == Lane::theirs ? !places_.has_room(asker, room, now) : room == 0) return false;
  if (asker.urgency == Urgency::decision) flight->lines.push_back(line_of(asker));
  places_.begin(asker);
  ++waiting_;
  into_line({flight, asker, now});
  return true;
}

void LaneQueue::into_line(Ticket ticket) {
  const auto name = lane_ == Lane::theirs ? line_of(ticket.asker) : std::string();
  auto& line = lines_[name];
  if (line.empty()) {
    line.name = name;
    ready_.push_back(&line);
  }
  auto& tickets = ticket.asker.urgency == Urgency::ahead ? line.ahead : line.decision;
  tickets.push_back(std::move(ticket));
}

void LaneQueue::join(const FlightPtr& flight, const Asker& asker, Time now) {
  const bool more_urgent = asker.urgency > flight->payer.urgency;
  if (flight->under_way) {
    if (!more_urgent) return;
    slots_.end(flight->payer, flight->charged_from, now);
    slots_.begin(asker);
    flight->payer = asker;
    flight->charged_from = now;
    return;
  }
  const auto& lines = flight->lines;
  if (lines.size() >= kMostLines || std::find(lines.begin(), lines.end(), line_of(asker)) != lines.end())
    return;
  if (!queue(flight, asker, now) || !more_urgent) return;
  flight->payer = asker;
  flight->due = now + bounds_.patience;
}

FlightPtr LaneQueue::next(Time now) {
  FlightPtr started;
  while (!ready_.empty()) {
    auto* line = ready_.front();
    ready_.pop_front();
    const auto turn = this->turn(*line, now, started);
    line->aside = turn == Turn::aside;
    if (line->empty())
      lines_.erase(std::string(line->name));
    else if (line->aside)
      aside_.push_back(line->name);
    else
      ready_.push_back(line);
    if (started) return started;
  }
  return nullptr;
}

bool LaneQueue::has_slot(const Asker& asker, Time now) const {
  if (lane_ == Lane::ours) return free() > 0;
  return slots_.has_room(asker, free(), now, bounds_.most_in_flight / kReserve);
}

void LaneQueue::make_ready(const std::string& name) {
  const auto line = lines_.find(name);
  if (line == lines_.end() || !std::exchange(line->second.aside, false)) return;
  ready_.push_back(&line->second);
}

LaneQueue::Turn LaneQueue::turn(Line& line, Time now, FlightPtr& started) {
  for (auto* tickets : {&line.decision, &line.ahead}) {
    while (pass_by(*tickets, now)) {
    }
    if (tickets->empty()) continue;
    auto& ticket = tickets->front();
    if (!has_slot(ticket.asker, now)) return Turn::aside;
    start(ticket, now);
    started = std::move(ticket.flight);
    tickets->pop_front();
    return Turn::started;
  }
  return Turn::over;
}

// Whether the first was one that cannot be sent.
bool LaneQueue::pass_by(std::deque<Ticket>& tickets, Time now) {
  if (tickets.empty()) return false;
  auto& ticket = tickets.front();
  if (!waits(*ticket.flight)) {
    drop(ticket, now);
  } else {
    const auto open = owners_.find(ticket.flight->name_owner);
    if (open == owners_.end() || open->second < bounds_.most_an_owner) return false;
    behind_owner_.push_back(std::move(ticket));
  }
  tickets.pop_front();
  return true;
}

void LaneQueue::start(Ticket& ticket, Time now) {
  auto& flight = *ticket.flight;
  drop(ticket, now);
  flight.under_way = true;
  flight.payer = ticket.asker;
  flight.charged_from = now;
  slots_.begin(flight.payer);
  ++counting_;
  ++owners_[flight.name_owner];
  if (now - ticket.since < kHeldUp) flight.pending.held(false);
}

void LaneQueue::drop(const Ticket& ticket, Time now) {
  places_.end(ticket.asker, ticket.since, now);
  --waiting_;
}

void LaneQueue::free_slot(const Slot& slot, Time now) {
  --counting_;
  slots_.end(slot.payer, slot.from, now);
}

void LaneQueue::free_owner(Flight& flight) {
  flight.under_way = false;
  const auto open = owners_.find(flight.name_owner);
  if (--open->second == 0) owners_.erase(open);
}

void LaneQueue::ended(Flight& flight, Time now) {
  if (!flight.under_way) return;
  free_owner(flight);
  free_slot({flight.payer, flight.charged_from}, now);
  make_ready(lane_ == Lane::theirs ? line_of(flight.payer) : std::string());
}

void LaneQueue::given_up(Flight& flight) {
  if (!flight.under_way) return;
  free_owner(flight);
  given_up_.push_back({flight.payer, flight.charged_from});
}

void LaneQueue::forget_given_up(Time now) {
  for (const auto& slot : std::exchange(given_up_, {})) free_slot(slot, now);
}

void LaneQueue::look_again(Time now) {
  while (!given_up_.empty() && now - given_up_.front().from >= kResolversPatience) {
    free_slot(given_up_.front(), now);
    given_up_.pop_front();
  }
  for (const auto& line : std::exchange(aside_, {})) make_ready(line);
  auto behind = std::exchange(behind_owner_, {});
  for (auto& ticket : behind) {
    if (waits(*ticket.flight))
      into_line(std::move(ticket));
    else
      drop(ticket, now);
  }
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepEvery;
  slots_.sweep(now);
}

std::vector<FlightPtr> LaneQueue::overdue(Time now) {
  std::vector<FlightPtr> out;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto flight = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    if (!waits(*flight)) continue;
    if (flight->due > now) {
      due_.emplace(flight->due, flight);
    } else {
      flight->done = true;
      out.push_back(flight);
    }
  }
  return out;
}

std::vector<FlightPtr> LaneQueue::all_waiting() {
  std::vector<FlightPtr> out;
  for (const auto& [due, flight] : std::exchange(due_, {}))
    if (waits(*flight)) {
      flight->done = true;
      out.push_back(flight);
    }
  return out;
}

}  // namespace milter
