// Texts on their way to somebody who may be slow: a queue bounded in octets, and the thread that empties it.
//
// Nobody who puts something in ever waits for a disk, a pipe or a socket. If the thread itself is stuck when the
// outbox ends (a hung disk cannot be interrupted), it is left behind with what it holds; so whatever `deliver` uses
// must be owned by it.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace milter {

// One thing to deliver, as those who deliver understand it.
struct Parcel {
  std::string text;
  std::vector<std::string> fields;  // of a journal entry
  int priority = 0;                 // of a syslog line
  bool reopen = false;              // no text: the file was moved away. Always taken
};

class Outbox {
 public:
  // On the outbox's thread, a batch in order; `more`: others wait behind it. May block. An exception is said, and
  // the next batch is tried.
  using Deliver = std::function<void(const std::vector<Parcel>& batch, bool more)>;

  // Texts handed over at a time: one write for many lines, and yet no second queue of any size.
  static constexpr std::size_t kLargestBatch = 256 * 1024;

  Outbox(std::size_t most_octets, Deliver deliver);
  ~Outbox();  // close() without patience
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // A ticket, from 1; 0: there is no room, or it is closed. What is being delivered counts until it is.
  std::uint64_t put(Parcel parcel);

  // Waits until the parcel of this ticket, and all before it, are delivered, or for `patience`: false.
  bool wait_for(std::uint64_t ticket, std::chrono::milliseconds patience);
  bool drain(std::chrono::milliseconds patience);  // the same for all that was put in

  // Drains, and ends the thread. How many parcels with a text were not delivered.
  std::uint64_t close(std::chrono::milliseconds patience);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
};

}  // namespace milter
