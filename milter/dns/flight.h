// A question that waits to be sent, or is under way. The engine's thread owns it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "milter/dns/asker.h"
#include "milter/dns/wire.h"

namespace milter {

struct Flight {
  Flight(PendingLookup asked, Asker by) : pending(std::move(asked)), payer(std::move(by)) {}

  Question question;
  PendingLookup pending;
  Asker payer;             // the most urgent of those who ask
  std::string name_owner;  // owner_of_name(question.name)

  // Of its lane's queue.
  Deadline due{};                  // to be sent before
  Deadline charged_from{};         // since then `payer` has its slot
  std::vector<std::string> lines;  // in which it waits for a decision
  bool under_way = false;

  // Of the engine.
  Deadline started{};
  std::vector<std::uint8_t> tries;  // by server
  std::size_t rounds = 0;           // asked by schedule so far
  std::size_t last_server = 0;      // of the last round
  Deadline last_sent{};
  int outstanding = 0;             // attempts
  std::optional<Trouble> trouble;  // of the attempts that failed
  std::size_t place = 0;           // among those under way
  bool done = false;
};
using FlightPtr = std::shared_ptr<Flight>;

}  // namespace milter
